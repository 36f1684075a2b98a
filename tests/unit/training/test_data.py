"""Pictures, crops, hints and film-like gray; and what is said of data that does not serve."""

import io
import tarfile
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from tcvc_studio.color.lab import rgb_to_lab
from tcvc_studio.errors import StudioError
from tcvc_studio.training.batches import make_batch, prefetch, split
from tcvc_studio.training.filmlike import film_like
from tcvc_studio.training.hinting import simulate_hints
from tcvc_studio.training.pictures import Picture, film_frames, find_films, load_pictures, repeated, split_held_out


def _picture(seed: int, *, height: int = 90, width: int = 120) -> np.ndarray:
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 256, (6, 8, 3), dtype=np.uint8)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)


def _coded(rgb8: np.ndarray, suffix: str = ".png") -> bytes:
    return cv2.imencode(suffix, cv2.cvtColor(rgb8, cv2.COLOR_RGB2BGR))[1].tobytes()


def _film(path: Path, frames: int) -> None:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 24, (96, 80))
    for i in range(frames):
        writer.write(np.full((80, 96, 3), 20 + 10 * i, np.uint8))
    writer.release()


def test_reads_stills_tars_and_films(tmp_path):
    (tmp_path / "a.png").write_bytes(_coded(_picture(1)))
    with tarfile.open(tmp_path / "b.tar", "w") as tar:
        for name, seed in (("one.webp", 2), ("two.webp", 3), ("note.txt", 4)):
            data = _coded(_picture(seed), ".webp")
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    _film(tmp_path / "c.mp4", 9)
    pictures = load_pictures(tmp_path, every=4)
    assert len(pictures) == 1 + 2 + 3
    assert [picture.name for picture in pictures] == ["a.png", "one.webp", "two.webp", *["c.mp4"] * 3]
    assert np.array_equal(pictures[0].rgb, _picture(1))
    assert [round(float(picture.rgb.mean()) / 10) for picture in pictures[3:]] == [2, 6, 10]


def test_film_frames_from_a_place_on(tmp_path):
    _film(tmp_path / "c.mp4", 8)
    frames = list(film_frames(tmp_path / "c.mp4", start=3, count=2))
    assert [round(float(frame.mean()) / 10) for frame in frames] == [5, 6]


def test_tiny_pictures_are_left_out(tmp_path):
    (tmp_path / "a.png").write_bytes(_coded(_picture(1)))
    (tmp_path / "tiny.png").write_bytes(_coded(_picture(1, height=20)))
    assert len(load_pictures(tmp_path)) == 1


def _damaged_still(folder: Path) -> None:
    (folder / "broken.webp").write_bytes(_coded(_picture(1), ".webp")[:60])


def _empty_still(folder: Path) -> None:
    (folder / "empty.png").write_bytes(b"")


def _damaged_tar(folder: Path) -> None:
    (folder / "stills.tar").write_bytes(b"not a tar at all" * 100)


def _damaged_film(folder: Path) -> None:
    (folder / "film.mp4").write_bytes(b"no film" * 100)


def _nothing(folder: Path) -> None:
    (folder / "readme.txt").write_text("nothing to see")


@pytest.mark.parametrize("spoil", [_damaged_still, _empty_still, _damaged_tar, _damaged_film, _nothing])
def test_bad_data_is_named_in_one_sentence(tmp_path, spoil):
    spoil(tmp_path)
    with pytest.raises(StudioError) as caught:
        load_pictures(tmp_path)
    text = str(caught.value)
    assert str(tmp_path) in text
    assert text.endswith(".") and "\n" not in text


def test_a_missing_folder_and_a_folder_without_films(tmp_path):
    for call in (load_pictures, find_films):
        with pytest.raises(StudioError, match="no folder"):
            call(tmp_path / "absent")
    with pytest.raises(StudioError, match="no film"):
        find_films(tmp_path)


def test_held_out_pictures_are_not_learned_from():
    pictures = [Picture(str(i), np.zeros((1, 1, 3), np.uint8)) for i in range(20)]
    learned, held = split_held_out(pictures, count=5)
    assert (len(learned), len(held)) == (15, 5)
    assert {picture.name for picture in learned}.isdisjoint(picture.name for picture in held)


def test_a_small_source_counts_as_often_as_is_said():
    pictures = [Picture(name, np.full((1, 1, 3), i, np.uint8)) for i, name in enumerate(("sea-1", "sea-2", "hut-1"))]
    drawn = [int(rgb[0, 0, 0]) for rgb in repeated(pictures, {"sea": 3})]
    assert drawn == [0, 0, 0, 1, 1, 1, 2]
    assert [rgb is picture.rgb for rgb, picture in zip(repeated(pictures, {}), pictures, strict=True)] == [True] * 3
    with pytest.raises(StudioError, match="called lake"):
        repeated(pictures, {"lake": 2})


def test_batches_depend_on_seed_and_step_alone():
    pictures = [_picture(i) for i in range(4)]
    one, same = (make_batch(pictures, count=3, size=64, seed=7, step=5) for _ in range(2))
    other = make_batch(pictures, count=3, size=64, seed=7, step=6)
    assert torch.equal(one.l, same.l) and torch.equal(one.ab, same.ab) and torch.equal(one.hints.ab, same.hints.ab)
    assert not torch.equal(one.l, other.l)
    assert one.l.shape == (3, 1, 64, 64) and one.ab.shape == (3, 2, 64, 64)
    assert one.l.min() >= 0 and one.l.max() <= 100


def test_batches_hold_the_color_rooms_lab():
    """Crops of one flat color: the color to be learned is the color room's, whatever happened to the gray."""
    flat = np.full((80, 80, 3), (200, 90, 40), np.uint8)
    expected = rgb_to_lab(torch.tensor([200.0, 90, 40]).view(3, 1, 1) / 255)
    batch = make_batch([flat], count=4, size=32, seed=1, step=1)
    assert (batch.ab - expected[1:]).abs().max() < 0.1


def test_how_much_crops_show_and_how_many_are_film_like():
    """A slope of light across the picture: what a crop shows of it is its share of the width."""
    slope = np.linspace(0, 255, 100, dtype=np.uint8)[None, :, None].repeat(100, 0).repeat(3, 2)

    def spans(**look) -> np.ndarray:
        batch = make_batch([slope], count=24, size=32, seed=2, step=1, **look)
        return (batch.l.amax((1, 2, 3)) - batch.l.amin((1, 2, 3))).numpy()

    assert spans(part=(0.2, 0.3), filmed=0).max() < 45 < 70 < spans(part=(0.9, 1), filmed=0).min()
    plain, filmed = (
        make_batch([_picture(1)], count=24, size=32, seed=1, step=1, part=(1, 1), filmed=x) for x in (0, 1)
    )
    assert not torch.equal(plain.l, filmed.l)
    gray = cv2.cvtColor(_picture(1).astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[..., 0]
    assert (plain.l.mean((1, 2, 3)) - float(gray.mean())).abs().max() < 8


def test_a_batch_splits_into_its_samples():
    batch = make_batch([_picture(1)], count=5, size=32, seed=1, step=1)
    parts = split(batch, 2)
    assert [len(part.l) for part in parts] == [3, 2]
    assert torch.equal(torch.cat([part.hints.mask for part in parts]), batch.hints.mask)


def test_prefetch_keeps_order_and_passes_errors_on():
    assert list(prefetch(lambda step: step * 10, start=3, stop=9)) == [30, 40, 50, 60, 70, 80]
    assert list(prefetch(lambda step: step, start=5, stop=5)) == []

    def fail(step: int) -> int:
        raise StudioError("The data are gone.")

    with pytest.raises(StudioError, match="gone"):
        list(prefetch(fail, start=0, stop=3))


def test_hints_show_the_true_color_where_they_lie():
    ab = np.random.default_rng(1).normal(0, 30, (2, 40, 50)).astype(np.float32)
    counts = []
    for seed in range(200):
        shown, mask = simulate_hints(ab, np.random.default_rng(seed))
        counts.append(mask.sum())
        assert set(np.unique(mask)) <= {0.0, 1.0}
        assert np.abs(shown[:, mask[0] == 0]).sum() == 0
        assert np.abs(shown).max() <= np.abs(ab).max()
    counts = np.array(counts)
    assert 0.3 < (counts == 0).mean() < 0.7
    assert (counts == 40 * 50).sum() >= 1


def test_film_like_gray_stays_gray_of_the_picture():
    rgb = _picture(3).astype(np.float32) / 255
    lightness = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB)[..., 0]
    changed, likeness = 0, []
    for seed in range(60):
        gray = film_like(rgb, lightness, np.random.default_rng(seed))
        assert gray.shape == lightness.shape and gray.dtype == np.float32
        assert gray.min() >= 0 and gray.max() <= 100
        changed += not np.array_equal(gray, lightness)
        likeness.append(np.corrcoef(gray.ravel(), lightness.ravel())[0, 1])
    assert 20 < changed < 50
    assert np.median(likeness) > 0.95 and min(likeness) > 0.3
