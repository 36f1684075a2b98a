"""The color difference CIEDE2000 (CIE 142-2001), after Sharma, Wu and Dalal 2005."""

import numpy as np

#: Where chroma stops being told apart as finely: 25 to the seventh.
_KNEE = 25.0**7


def ciede2000(lab_a: np.ndarray, lab_b: np.ndarray) -> np.ndarray:
    """Difference of colors, float64 [...]; 1 is about what is just noticed. All weights are 1.

    lab_a, lab_b: CIE Lab [..., 3], D65 or any white they share; broadcast against each other.
    """
    lab_a, lab_b = np.asarray(lab_a, np.float64), np.asarray(lab_b, np.float64)
    mean_chroma = (np.hypot(lab_a[..., 1], lab_a[..., 2]) + np.hypot(lab_b[..., 1], lab_b[..., 2])) / 2
    stretch = 1.5 - 0.5 * _towards_one(mean_chroma)
    (chroma_a, hue_a), (chroma_b, hue_b) = (
        _chroma_and_hue(stretch * lab[..., 1], lab[..., 2]) for lab in (lab_a, lab_b)
    )
    gray = chroma_a * chroma_b == 0

    # Hues go round: the difference is the shorter way, the mean lies on it.
    turn = hue_b - hue_a
    turn = np.where(gray, 0.0, turn - 360 * (turn > 180) + 360 * (turn < -180))
    hue = np.where(gray, hue_a + hue_b, (hue_a + turn / 2) % 360)

    d_lightness = lab_b[..., 0] - lab_a[..., 0]
    d_chroma = chroma_b - chroma_a
    d_hue = 2 * np.sqrt(chroma_a * chroma_b) * np.sin(np.radians(turn) / 2)

    lightness = (lab_a[..., 0] + lab_b[..., 0]) / 2
    chroma = (chroma_a + chroma_b) / 2
    off_middle = (lightness - 50) ** 2
    by_hue = (
        1
        - 0.17 * _cos(hue - 30)
        + 0.24 * _cos(2 * hue)
        + 0.32 * _cos(3 * hue + 6)
        - 0.20 * _cos(4 * hue - 63)
    )
    s_lightness = 1 + 0.015 * off_middle / np.sqrt(20 + off_middle)
    s_chroma = 1 + 0.045 * chroma
    s_hue = 1 + 0.015 * chroma * by_hue
    # Blues: their ellipses lie askew.
    askew = np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2)))
    rotation = -2 * _towards_one(chroma) * np.sin(askew)

    parts = d_lightness / s_lightness, d_chroma / s_chroma, d_hue / s_hue
    return np.sqrt(parts[0] ** 2 + parts[1] ** 2 + parts[2] ** 2 + rotation * parts[1] * parts[2])


def _towards_one(chroma: np.ndarray) -> np.ndarray:
    seventh = chroma**7
    return np.sqrt(seventh / (seventh + _KNEE))


def _chroma_and_hue(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.hypot(a, b), np.degrees(np.arctan2(b, a)) % 360


def _cos(degrees: np.ndarray) -> np.ndarray:
    return np.cos(np.radians(degrees))
