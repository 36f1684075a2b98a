"""Edge-aware chroma: from working size to the film's, guided by the film's own luma.

After the guided filter (He, Sun and Tang 2010; He and Sun, "Fast Guided Filter", 2015): at working size chroma is
regressed on luma in small windows, the slopes are enlarged, and the film's full-resolution luma goes through them. The
filter itself replaces chroma by its local regression and thereby blurs it, which costs 6 dB of true chroma. Here the
slopes carry only what the enlarged luma lacks beside the film's,

    chroma = cubic(chroma_w) + slope * (Y' - cubic(Y'_w)),    slope = cov / (var + eps) * correlation**16,

so that nothing is lost where luma says nothing of chroma. The power keeps the slope where a window holds one edge of
two flat colors (correlation near 1) and drops it in texture and grain.

It is Cb and Cr that are enlarged, made from a and b at working size: in pictures Cb and Cr are smoother across edges
of luma than a and b are. PSNR in dB of true chroma brought to working size and back: 32 frames of DAVIS at 854x480,
16 of them, those 16 at half their size (where every pixel has its own chroma), and drawn polygons with grain:

                                     DAVIS        DAVIS    DAVIS / 2    polygons, 960x540 by way of
    by way of                     448x256      199x112      224x128     456x256      224x128
    a, b bilinear                   50.70        43.58        44.82       37.22        33.22
    Cb, Cr bilinear                 51.46        43.91        45.12       37.69        33.55
    Cb, Cr cubic                    53.51        46.43        47.78       39.00        34.54
    and slopes, eps 0.001           53.36        46.23        47.73       42.87        38.54
    and slopes, eps 0.003 (chosen)  53.43        46.35        47.80       42.41        38.12
    and slopes, eps 0.01            53.49        46.46        47.86       41.29        36.93
    the same in 5x5, eps 0.003      53.42        46.37        47.78       42.10        37.60
    without the power, eps 0.003    52.66        45.17        47.05       42.71        38.36
"""

import cv2
import torch
import torch.nn.functional as functional
from torch import Tensor

from tcvc_studio.color.resize import enlarge

# Regularisation of the slope, in squares of Y': luma contrast below about 0.05 in a window moves no chroma.
_EPS = 0.003
_WINDOW = 3
# Squarings of the squared correlation: 3 make its 16th power.
_SQUARINGS = 3
_TINY = 1e-12


def upsample_chroma(chroma: Tensor, working_luma: Tensor, luma: Tensor, *, edge_aware: bool = True) -> Tensor:
    """Chroma at working size to the film's size.

    chroma: float32 [n, 2, h, w], Cb and Cr at working size.
    working_luma: float32 [n, 1, h, w], Y' (0..1) at working size: the means of the film's over the areas.
    luma: float32 [n, 1, H, W], the film's Y'.
    edge_aware: let chroma follow edges of luma finer than the working size; without it, cubic interpolation alone.
    Returns float32 [n, 2, H, W]; it may leave the gamut by a little (`chroma.limit_to_gamut`).
    Raises ValueError where the sizes do not fit.
    """
    if working_luma.shape != (chroma.shape[0], 1, *chroma.shape[2:]) or luma.shape[:2] != working_luma.shape[:2]:
        raise ValueError(
            f"chroma {list(chroma.shape)}, working luma {list(working_luma.shape)}, luma {list(luma.shape)} do not fit"
        )
    height, width = luma.shape[2:]
    large = enlarge(chroma, height, width)
    if edge_aware:
        finer = luma - enlarge(working_luma, height, width)
        large.addcmul_(enlarge(_slopes(chroma, working_luma), height, width, cubic=False), finer)
    return large


def _slopes(chroma: Tensor, luma: Tensor) -> Tensor:
    """Change of each chroma plane with luma, [n, 2, h, w], 0 where they are unrelated."""
    # Differences to the middle of the range: the variance is a difference of squares, and float32 is short.
    luma = luma - 0.5
    mean_luma, mean_chroma = _mean(luma), _mean(chroma)
    variance = (_mean(luma * luma) - mean_luma * mean_luma).clamp_(min=0)
    covariance = _mean(chroma * luma) - mean_chroma * mean_luma
    spread = (_mean(chroma * chroma) - mean_chroma * mean_chroma).clamp_(min=0)
    trust = (covariance * covariance / (variance * spread + _TINY)).clamp_(max=1)
    for _ in range(_SQUARINGS):
        trust.mul_(trust)
    return covariance.div_(variance + _EPS).mul_(trust)


def _mean(planes: Tensor) -> Tensor:
    """Means over the windows, edges repeated."""
    if planes.device.type != "cpu":
        half = _WINDOW // 2
        return functional.avg_pool2d(functional.pad(planes, (half,) * 4, mode="replicate"), _WINDOW, stride=1)
    # OpenCV takes a tenth of torch's time for this.
    result = torch.empty_like(planes, memory_format=torch.contiguous_format)
    for source, target in zip(planes.flatten(0, 1), result.flatten(0, 1), strict=True):
        cv2.blur(source.numpy(), (_WINDOW, _WINDOW), dst=target.numpy(), borderType=cv2.BORDER_REPLICATE)
    return result
