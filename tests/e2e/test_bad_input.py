"""What cannot be done is told in one sentence, and leaves nothing behind."""

import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
import torch

from tcvc_studio.assets import models_folder
from tests.e2e.conftest import run_main, start
from tests.e2e.films import names_in, write_film, write_sequence, write_still
from tests.unit.media.writing import film_with_sound


@pytest.fixture
def out(tmp_path) -> Path:
    """An empty folder for the export."""
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


@pytest.fixture
def refused(options, out):
    """Run a command that must fail; returns its sentence. Nothing may be left in the folder for the export."""

    def run(film: object, target: object = "film.mov", *more: object) -> str:
        cuts = [] if "--cuts" in more else ["--cuts", "none"]
        result = run_main("colorize", film, out / str(target), *options, *cuts, *more)
        assert names_in(out) == []
        assert result.out == ""
        return result.failed()

    return run


def cut_off(film: Path, target: Path, share: float = 0.6) -> Path:
    data = film.read_bytes()
    target.write_bytes(data[: int(share * len(data))])
    return target


def without_pictures(path: Path) -> Path:
    """A container with sound alone."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=48000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 2 * 4800), np.int16), format="s16", layout="stereo")
        frame.sample_rate = 48000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def without_frames(path: Path) -> Path:
    """A film that says it has pictures and holds none."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        container.start_encoding()
    return path


def text(path: Path) -> Path:
    path.write_text("This is no film.\n" * 100)
    return path


def empty(path: Path) -> Path:
    path.touch()
    return path


def damaged(path: Path) -> Path:
    """A film whose middle has been overwritten with zeros."""
    write_film(path, 40)
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + len(data) // 10] = bytes(len(data) // 10)
    path.write_bytes(data)
    return path


FILMS = {
    "missing": (lambda folder: folder / "not-there.mov", "not-there.mov"),
    "empty": (lambda folder: empty(folder / "empty.mov"), "empty.mov"),
    "text": (lambda folder: text(folder / "a.mov"), "a.mov"),
    "called text": (lambda folder: text(folder / "a.txt"), "a.txt"),
    "sound alone": (lambda folder: without_pictures(folder / "a.mkv"), "no video stream"),
    "sound alone, wav": (lambda folder: without_pictures(folder / "a.wav"), "no video stream"),
    "no frames, mkv": (lambda folder: without_frames(folder / "a.mkv"), "a.mkv"),
    "no frames, mov": (lambda folder: without_frames(folder / "a.mov"), "a.mov"),
    "cut off, mkv": (lambda folder: cut_off(write_film(folder / "w.mkv", 40), folder / "a.mkv"), "a.mkv"),
    "cut off, mp4": (lambda folder: cut_off(write_film(folder / "w.mp4", 40), folder / "a.mp4"), "a.mp4"),
    "damaged": (lambda folder: damaged(folder / "a.mkv"), "a.mkv"),
    "folder without pictures": (lambda folder: folder, "pictures"),
    "random": (lambda folder: random_bytes(folder / "a.mp4"), "a.mp4"),
}


def random_bytes(path: Path) -> Path:
    path.write_bytes(np.random.default_rng(0).bytes(100_000))
    return path


@pytest.mark.parametrize("kind", FILMS)
@pytest.mark.parametrize("name", ["film.mov", "pictures"])
def test_films_that_are_none(kind, name, tmp_path, refused):
    make, word = FILMS[kind]
    folder = tmp_path / "in"
    folder.mkdir()
    assert word in refused(make(folder), name, *(["--codec", "png"] if name == "pictures" else []))


def test_the_shared_corrupt_film(shared, refused):
    assert "corrupt.mp4" in refused(shared / "data" / "media" / "corrupt.mp4")


def test_a_sequence_with_a_gap(tmp_path, refused):
    write_sequence(tmp_path / "reel", 9)
    (tmp_path / "reel" / "reel.000004.png").unlink()
    assert "reel.000004.png" in refused(tmp_path / "reel")


def test_a_sequence_with_a_damaged_picture(tmp_path, refused):
    write_sequence(tmp_path / "reel", 9)
    picture = tmp_path / "reel" / "reel.000005.png"
    picture.write_bytes(picture.read_bytes()[:200])
    assert "reel.000005.png" in refused(tmp_path / "reel")


def test_a_picture_of_another_size(tmp_path, refused):
    write_sequence(tmp_path / "reel", 6)
    write_film(tmp_path / "w.mkv", 1)
    still = write_still(tmp_path / "s", 4, np.zeros((32, 48)))
    shutil.copy(still, tmp_path / "reel" / "reel.000004.png")
    assert "reel.000004.png" in refused(tmp_path / "reel") or "Frame 3" in refused(tmp_path / "reel")


def test_interlaced_film_is_refused_unless_allowed(tmp_path, refused, colorize):
    film = write_film(tmp_path / "film.mp4", 12, options={"x264-params": "tff=1", "preset": "veryfast"})
    assert "--allow-interlaced" in refused(film)
    assert colorize(film, tmp_path / "out.mkv", "--allow-interlaced")["frames"] == 12


class _Malicious:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def _zip_pickle(path: Path, trace: Path) -> None:
    torch.save({"model": _Malicious(trace)}, path)


def _plain_pickle(path: Path, trace: Path) -> None:
    path.write_bytes(pickle.dumps({"model10.1.weight": _Malicious(trace)}))


def _old_pickle(path: Path, trace: Path) -> None:
    torch.save({"model": _Malicious(trace)}, path, _use_new_zipfile_serialization=False)


@pytest.mark.parametrize("make", [_zip_pickle, _plain_pickle, _old_pickle])
def test_a_malicious_pickle_is_not_run(make, film, tmp_path, refused):
    trace = tmp_path / "executed"
    make(tmp_path / "evil.pth", trace)
    assert "evil.pth" in refused(film, "film.mov", "--weights", tmp_path / "evil.pth")
    assert not trace.exists()


def test_weights_that_are_none(film, tmp_path, weights, refused):
    (tmp_path / "text.pth").write_text("weights\n" * 1000)
    (tmp_path / "empty.safetensors").touch()
    (tmp_path / "cut.safetensors").write_bytes(weights.read_bytes()[:5000])
    torch.save({"something": torch.zeros(3)}, tmp_path / "else.pth")
    for name in ("text.pth", "empty.safetensors", "cut.safetensors", "else.pth", "missing.pth", "."):
        assert str(tmp_path / name) in refused(film, "film.mov", "--weights", tmp_path / name)


def test_weights_of_another_checksum(film, tmp_path, out, monkeypatch):
    """A file that took the place of catalogued weights is not used."""
    folder = tmp_path / "weights"
    folder.mkdir()
    monkeypatch.setenv("TCVC_WEIGHTS", str(folder))
    torch.save({"model10.1.weight": torch.zeros(3)}, folder / "siggraph17-df00044c.pth")
    common = ["--backbone", "idc", "--cache", tmp_path / "cache", "--cuts", "none"]
    sentence = run_main("colorize", film, out / "a.mov", *common).failed()
    assert "siggraph17-df00044c.pth is not the file it should be" in sentence and "tcvc models get idc" in sentence
    (folder / "siggraph17-df00044c.pth").unlink()
    assert "tcvc models get idc" in run_main("colorize", film, out / "a.mov", *common).failed()
    assert names_in(out) == []


def test_shipped_weights_of_another_checksum(film, tmp_path, out, monkeypatch):
    shutil.copytree(models_folder(), tmp_path / "models")
    (tmp_path / "models" / "compact.safetensors").write_bytes(b"\x08" + bytes(100))
    monkeypatch.setattr("tcvc_studio.weights.store.models_folder", lambda: tmp_path / "models")
    from tcvc_studio.weights.store import Store

    monkeypatch.setattr(
        "tcvc_studio.weights.build.Store", lambda: Store(shipped=tmp_path / "models", folder=tmp_path / "user")
    )
    sentence = run_main("colorize", film, out / "a.mov", "--cache", tmp_path / "cache", "--cuts", "none").failed()
    assert "compact.safetensors is not the file it should be" in sentence


def test_the_film_is_never_overwritten(film, tmp_path, options):
    path = tmp_path / "film.mkv"
    shutil.copy(film, path)
    (tmp_path / "link.mkv").symlink_to(path)
    os.link(path, tmp_path / "hard.mkv")
    before = path.read_bytes()
    for source, target in (("film", "film"), ("link", "film"), ("film", "link"), ("film", "hard")):
        names = (tmp_path / f"{source}.mkv", tmp_path / f"{target}.mkv")
        assert "the film itself" in run_main("colorize", *names, *options, "--cuts", "none").failed()
    assert path.read_bytes() == before and len(names_in(tmp_path)) == 3 + ("cache" in names_in(tmp_path))


def test_the_pictures_of_a_film_are_never_overwritten(tmp_path, options):
    write_sequence(tmp_path / "reel", 3)
    before = {path.name: path.read_bytes() for path in (tmp_path / "reel").iterdir()}
    result = run_main("colorize", tmp_path / "reel", tmp_path / "reel", "--codec", "png", *options, "--cuts", "none")
    assert "the film itself" in result.failed()
    assert {path.name: path.read_bytes() for path in (tmp_path / "reel").iterdir()} == before


OPTIONS = {
    "anchor past the end": (["--anchors", "3,24"], "Anchor 24 lies outside the film"),
    "anchors that are no numbers": (["--anchors", "3,b"], "3,b"),
    "no anchors file": (["--anchors", "anchors.json"], "anchors.json"),
    "range past the end": (["--range", "10:25"], "10 to 24"),
    "empty range": (["--range", "10:10"], "10"),
    "range turned round": (["--range", "12:8"], "12"),
    "range that is none": (["--range", "a-b"], "100:250"),
    "interval 0": (["--interval", 0], "1 to 240"),
    "interval of letters": (["--interval", "x"], "--help"),
    "interval and ensemble": (["--interval", 5, "--ensemble", "5,9"], "not both"),
    "ensemble of nothing": (["--ensemble", ","], "--ensemble"),
    "working size 10": (["--working-size", 10], "64 to 2160"),
    "unknown backbone": (["--backbone", "gpt"], "--help"),
    "unknown flow": (["--flow", "none"], "--help"),
    "unknown codec": (["--codec", "cinepak"], "--help"),
    "unknown device": (["--device", "abacus"], "abacus"),
    "unknown precision": (["--precision", "int1"], "--help"),
    "unknown option": (["--colour", "yes"], "--help"),
    "weights of a flow that are not here": (["--flow", "raft-large"], "tcvc models get raft-large"),
    "cuts file missing": (["--cuts", "none.json"], "none.json"),
    "depth": (["--depth", 12], "12 bits"),
    "quality of ProRes": (["--quality", 18], "quality"),
    "rate of a video": (["--fps", 25], "its own rate"),
    "rate of nothing": (["--fps", 0], "greater than 0"),
    "cache of no size": (["--cache-limit", "much"], "no size in GB"),
    "no stills folder": (["--anchor-stills", "no-such-folder"], "no-such-folder"),
}


@pytest.mark.parametrize("kind", OPTIONS)
def test_options_that_cannot_be(kind, film, refused, monkeypatch, tmp_path):
    monkeypatch.setenv("TCVC_WEIGHTS", str(tmp_path / "no-weights"))
    more, word = OPTIONS[kind]
    assert word in refused(film, "film.mov", *more)


@pytest.mark.parametrize(
    ("name", "more", "word"),
    [
        ("film.avi", [], ".mov, .mp4 or .mkv"),
        ("film", [], ".mov, .mp4 or .mkv"),
        ("film.mp4", ["--codec", "prores-hq"], ".mov"),
        ("film.mov", ["--codec", "ffv1"], ".mkv"),
        ("film.png", [], "film.%06d.png"),
        ("missing/film.mov", [], "does not exist"),
        ("missing/pictures/x.%04d.png", [], "does not exist"),
    ],
)
def test_names_that_cannot_be(name, more, word, film, refused):
    assert word in refused(film, name, *more)


def test_stills_of_wrong_numbers(film, tmp_path, refused):
    stills = write_still(tmp_path / "stills", 24, np.zeros((64, 96))).parent
    assert "frames 0 to 23" in refused(film, "film.mov", "--anchor-stills", stills)
    (stills / "000024.png").rename(stills / "000003.png")
    shutil.copy(stills / "000003.png", stills / "again_3.png")
    assert "same frame" in refused(film, "film.mov", "--anchor-stills", stills)
    (stills / "again_3.png").write_text("no picture")
    (stills / "again_3.png").rename(stills / "000003.png")
    assert "000003.png" in refused(film, "film.mov", "--anchor-stills", stills)


def test_cuts_of_another_film(film, tmp_path, refused):
    for content, word in (('{"cuts": [30]}', "30"), ('{"cuts": [4], "frames": 99}', "99"), ("{", "not JSON")):
        (tmp_path / "cuts.json").write_text(content)
        assert word in refused(film, "film.mov", "--cuts", tmp_path / "cuts.json")


def test_sound_that_does_not_fit(tmp_path, refused):
    film_with_sound(tmp_path / "film.mkv", ["vorbis"])
    sentence = refused(tmp_path / "film.mkv", "film.mov")
    assert "vorbis" in sentence.lower()


def test_a_folder_that_takes_no_files(film, options):
    """Nothing can be made in /proc, whoever asks."""
    if not Path("/proc/self").is_dir():
        pytest.skip("this system has no /proc")
    result = run_main("colorize", film, "/proc/film.mov", *options, "--cuts", "none")
    assert "/proc" in result.failed()
    result = run_main("colorize", film, "/proc/pictures", "--codec", "png", *options, "--cuts", "none")
    assert "/proc" in result.failed()


def test_a_cache_that_takes_no_files(film, out, options):
    if not Path("/proc/self").is_dir():
        pytest.skip("this system has no /proc")
    result = run_main("colorize", film, out / "a.mov", *options, "--cuts", "none", "--cache", "/proc/color")
    assert "/proc/color" in result.failed() and names_in(out) == []


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="only where rights bind this user")
def test_a_folder_without_the_right_to_write(film, out, refused):
    out.chmod(0o500)
    try:
        assert "permission" in refused(film)
    finally:
        out.chmod(0o700)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of its own that holds 256 kB."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)]
    if os.name != "posix" or os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("only who may mount can have a small disk")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def noise(number: int) -> np.ndarray:
    return np.random.default_rng(number).random((64, 96))


@pytest.mark.parametrize("name", ["a.mkv", "a.mov", "a.mp4", "pictures"])
def test_a_disk_that_fills_up(name, small_disk, tmp_path, options, monkeypatch):
    """Asked beforehand, and where the estimate was too low, in the middle."""
    film = write_film(tmp_path / "film.mkv", 60, picture=noise)
    codec = {"a.mkv": "ffv1", "a.mov": "prores-hq", "a.mp4": "h264", "pictures": "png"}[name]
    quality = ["--quality", 0] if codec == "h264" else []
    for estimated in (True, False):
        if not estimated:
            monkeypatch.setattr("tcvc_studio.media.atomic.require_space", lambda *_: None)
        elif codec == "h264":
            continue
        result = run_main(
            "colorize", film, small_disk / name, "--codec", codec, *quality, *options, "--cuts", "none"
        )
        sentence = result.failed()
        assert ("free" if estimated else "is full") in sentence and str(small_disk) in sentence
        assert names_in(small_disk) == []


def test_a_cache_whose_disk_fills_up(small_disk, tmp_path, options, out):
    film = write_film(tmp_path / "film.mkv", 60, picture=noise)
    (small_disk / "nearly full").write_bytes(bytes(252 << 10))
    more = ["--cuts", "none", "--cache", small_disk / "c"]
    result = run_main("colorize", film, out / "a.mov", *options, *more)
    sentence = result.failed()
    assert f"({small_disk / 'c'}) is full" in sentence
    assert names_in(out) == []
    assert not list(small_disk.rglob("*.part-*"))


@pytest.mark.skipif(os.name != "posix", reason="limits on file size are a thing of POSIX")
def test_a_quota(tmp_path, options, out):
    import resource

    film = write_film(tmp_path / "film.mkv", 40, picture=noise)
    process = start(
        "colorize", film, out / "a.mkv", *options, "--cuts", "none",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000)),
    )  # fmt: skip
    said, told = process.communicate(timeout=120)
    assert (process.returncode, said) == (1, "")
    assert told.count("\n") == 1 and "larger than its file system or quota allows" in told
    assert names_in(out) == []


@pytest.mark.parametrize(
    "argv", [[], ["paint"], ["colorize"], ["cuts"], ["info"], ["models"], ["train"], ["bench", "--x"],
             ["bench", "--sizes", "compact,huge"], ["bench", "--frames", "0"], ["bench", "--internal", "-"]],
)  # fmt: skip
def test_commands_that_are_none(argv):
    assert "--help" in run_main(*argv).failed()


@pytest.mark.parametrize("command", ["cuts", "info"])
def test_other_commands_on_films_that_are_none(command, tmp_path):
    assert "not-there" in run_main(command, tmp_path / "not-there.mov").failed()
    assert "a.mov" in run_main(command, text(tmp_path / "a.mov")).failed()


@pytest.mark.parametrize("target", ["no/cuts.json", "cuts.txt", "/proc/cuts.json", "film.mkv"])
def test_lists_of_cuts_that_cannot_be_written(target, film, tmp_path):
    shutil.copy(film, tmp_path / "film.mkv")
    run_main("cuts", tmp_path / "film.mkv", "-o", tmp_path / target).failed()
    assert names_in(tmp_path) == ["film.mkv"]


def test_the_unforeseen_is_one_sentence_too(film, tmp_path, monkeypatch):
    def broken(*_, **__):
        raise ValueError("a\nb")

    monkeypatch.setattr("tcvc_studio.media.film.open_film", broken)
    result = run_main("info", film)
    assert result.code == 1 and "ValueError: a b" in result.err and "TCVC_DEBUG=1" in result.err
    assert result.err.count("\n") == 1
    monkeypatch.setenv("TCVC_DEBUG", "1")
    with pytest.raises(ValueError, match="a\nb"):
        run_main("info", film)


def test_a_reader_that_goes_away(film):
    """Into `head`, which closes the pipe early."""
    command = f"{sys.executable} main.py models list --json | head -c 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("what", ["backbone", "fusion"])
def test_training_without_pictures_leaves_no_folder(what, tmp_path):
    result = run_main("train", what, "--data", tmp_path / "none", "--out", tmp_path / "out")
    assert result.code == 1 and "There is no folder" in result.err
    assert not (tmp_path / "out").exists()
