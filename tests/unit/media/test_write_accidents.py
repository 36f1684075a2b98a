"""What goes wrong leaves nothing behind, and says so in one sentence."""

import errno
import os
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest

from tcvc_studio.errors import StudioError
from tcvc_studio.media import atomic, encode_container
from tcvc_studio.media.codecs import bytes_a_frame, target_format
from tcvc_studio.media.encode import check_export, create_encoder
from tcvc_studio.media.info import Picture
from tests.unit.media.writing import film, film_with_sound, left_over, pictures, planes_of, write

ROOT = Path(__file__).resolve().parents[3]
OUTPUTS = [("out.mov", "prores-hq"), ("out.mp4", "h264"), ("out.mkv", "ffv1"), ("out", "png"), ("x.%04d.tif", "tiff")]


def start(path, codec, info, count, written):
    encoder = create_encoder(path, codec, info, count=count)
    for number, picture in enumerate(pictures(encoder.format, info, written)):
        encoder.write(picture, number)
    return encoder


def noise(info, target, number):
    """A picture that no codec makes small, another for each number."""
    random = np.random.default_rng(number)
    dtype = np.uint8 if target.depth == 8 else np.uint16
    low, wide = target.chroma_size(info.height, info.width)
    shapes = ((info.height, info.width), (low, wide), (low, wide))
    return Picture(*(random.integers(0, 2**target.depth, shape).astype(dtype) for shape in shapes))


@pytest.mark.parametrize(("name", "codec"), OUTPUTS)
def test_abort_leaves_nothing(tmp_path, name, codec):
    encoder = start(tmp_path / name, codec, film(), 8, 5)
    (part,) = left_over(tmp_path)
    assert part == f".{name}.part-{os.getpid()}{Path(name).suffix}"
    encoder.abort()
    assert left_over(tmp_path) == []
    encoder.abort()
    for attempt in (encoder.finish, lambda: encoder.write(None, 5)):
        with pytest.raises(ValueError, match="closed"):
            attempt()


@pytest.mark.parametrize(("name", "codec"), OUTPUTS)
def test_leaving_by_an_exception_or_without_finish_leaves_nothing(tmp_path, name, codec):
    with pytest.raises(RuntimeError, match="elsewhere"), start(tmp_path / name, codec, film(), 8, 3):
        raise RuntimeError("something broke elsewhere")
    with start(tmp_path / name, codec, film(), 8, 8):
        pass
    assert left_over(tmp_path) == []


def test_an_earlier_export_stays_until_the_new_one_is_whole(tmp_path):
    info = film()
    write(tmp_path / "out.mov", "prores-hq", info, pictures(target_format("prores-hq", info), info, 3))
    before = (tmp_path / "out.mov").read_bytes()
    encoder = start(tmp_path / "out.mov", "prores-hq", info, 8, 8)
    assert (tmp_path / "out.mov").read_bytes() == before
    encoder.abort()
    assert (tmp_path / "out.mov").read_bytes() == before
    write(tmp_path / "out.mov", "prores-hq", info, pictures(target_format("prores-hq", info), info, 8))
    assert len(planes_of(tmp_path / "out.mov")) == 8
    assert left_over(tmp_path) == ["out.mov"]


def test_too_few_frames_leave_nothing(tmp_path):
    with start(tmp_path / "out.mov", "prores-hq", film(), 8, 7) as encoder:
        with pytest.raises(StudioError, match="7 of 8 frames"):
            encoder.finish()
    assert left_over(tmp_path) == []


@pytest.mark.parametrize(("name", "codec"), OUTPUTS[:3])
def test_a_file_that_lacks_frames_never_gets_its_name(tmp_path, monkeypatch, name, codec):
    """The count is of what lies on the disk: here the muxer loses a packet."""
    info = film()
    encoder = create_encoder(tmp_path / name, codec, info, count=8)
    mux = encoder._mux
    lost = []

    def losing(packets):
        packets = list(packets)
        if packets and not lost:
            lost.append(packets.pop())
        mux(packets)

    monkeypatch.setattr(encoder, "_mux", losing)
    with encoder:
        for number, picture in enumerate(pictures(encoder.format, info, 8)):
            encoder.write(picture, number)
        with pytest.raises(StudioError, match="7 frames instead of 8"):
            encoder.finish()
    assert left_over(tmp_path) == []


@pytest.mark.parametrize(("name", "codec"), OUTPUTS)
def test_a_killed_run_leaves_no_film_and_the_next_clears_up(tmp_path, name, codec):
    script = textwrap.dedent(f"""
        import sys, time
        from pathlib import Path
        sys.path.insert(0, {str(ROOT)!r})
        from tests.unit.media.writing import film, pictures
        from tcvc_studio.media.encode import create_encoder
        info = film()
        encoder = create_encoder(Path({str(tmp_path / name)!r}), {codec!r}, info, count=8)
        for number, picture in enumerate(pictures(encoder.format, info, 6)):
            encoder.write(picture, number)
        print("written", flush=True)
        time.sleep(60)
    """)
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "written\n"
        (part,) = left_over(tmp_path)
        assert str(process.pid) in part
        # While it lives, its part is its own.
        assert atomic.clear_leftovers(tmp_path / name) == ()
        process.kill()
    assert left_over(tmp_path) == [part]
    info = film()
    write(tmp_path / name, codec, info, pictures(target_format(codec, info), info, 8))
    assert part not in left_over(tmp_path)
    assert not any(".part-" in left for left in left_over(tmp_path))


def test_leftovers_are_known_by_name_and_by_who_made_them(tmp_path):
    target = tmp_path / "a [1].mov"
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    ours = atomic.part_path(target)
    gone = tmp_path / f".a [1].mov.part-{dead.pid}.mov"
    others = [tmp_path / f".b.mov.part-{dead.pid}.mov", tmp_path / ".a [1].mov.part-x.mov", tmp_path / "a [1].mov"]
    for path in (ours, gone, *others):
        path.write_bytes(b"x")
    assert atomic.clear_leftovers(target) == (gone,)
    assert ours.exists() and all(path.exists() for path in others)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the system does not tell when a process began")
def test_a_number_taken_over_by_a_younger_process_is_not_believed(tmp_path):
    part = atomic.part_path(tmp_path / "a.mov")
    part.write_bytes(b"x")
    os.utime(part, (time.time() - 10**7,) * 2)
    assert atomic.clear_leftovers(tmp_path / "a.mov") == (part,)


def run_script(script, *, limit=None):
    """Run a script in a process of its own, whose files may not grow beyond a limit; returns what it printed."""

    def restrict():
        import resource

        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    done = subprocess.run(
        [sys.executable, "-c", f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n" + textwrap.dedent(script)],
        capture_output=True, text=True, preexec_fn=restrict if os.name == "posix" else None, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


WRITE_NOISE = """
    from pathlib import Path
    from tcvc_studio.errors import StudioError
    from tests.unit.media.test_write_accidents import film, noise
    from tcvc_studio.media import encode_container, encode_sequence
    from tcvc_studio.media.encode import create_encoder
    encode_container.bytes_a_frame = encode_sequence.bytes_a_frame = lambda *args: 0
    info = film(width=160, height=120, frames=24)
    try:
        with create_encoder(Path({path!r}), {codec!r}, info, count=24) as encoder:
            for number in range(24):
                encoder.write(noise(info, encoder.format, number), number)
            encoder.finish()
    except StudioError as error:
        print(error)
"""


@pytest.mark.skipif(os.name != "posix", reason="limits on file size are a thing of POSIX")
@pytest.mark.parametrize(("name", "codec"), OUTPUTS)
def test_a_limit_on_file_size_is_told(tmp_path, name, codec):
    limit = 60_000 if codec in ("png", "tiff") else 200_000
    said = run_script(WRITE_NOISE.format(path=str(tmp_path / name), codec=codec), limit=limit)
    assert "larger than its file system or quota allows" in said
    assert said.count("\n") == 1
    assert left_over(tmp_path) == []


@pytest.fixture
def small_disk(tmp_path):
    """A disk of a quarter of a megabyte, where the system lets us mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode:
        pytest.skip("this system does not let the tests mount a disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize(("name", "codec"), OUTPUTS)
def test_a_disk_that_fills_up_is_told_and_left_as_it_was(small_disk, monkeypatch, name, codec):
    from tcvc_studio.media import encode_sequence

    info = film(width=160, height=120, frames=24)
    for module in (encode_container, encode_sequence):
        monkeypatch.setattr(module, "bytes_a_frame", lambda *args: 0)
    with pytest.raises(StudioError, match="is full"):
        with create_encoder(small_disk / name, codec, info, count=24) as encoder:
            for number in range(24):
                encoder.write(noise(info, encoder.format, number), number)
            encoder.finish()
    assert left_over(small_disk) == []


def test_too_small_a_disk_is_refused_before_work_begins(tmp_path, monkeypatch):
    from collections import namedtuple

    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(atomic.shutil, "disk_usage", lambda folder: usage(10**10, 0, 2 * 10**9))
    info = film(width=1920, height=1080, frames=2000)
    for codec, name in (("prores-hq", "out.mov"), ("tiff", "out")):
        for attempt in (create_encoder, check_export):
            with pytest.raises(StudioError, match=r"needs about \d+\.\d GB .* 2\.0 GB free"):
                attempt(tmp_path / name, codec, info, count=2000)
    check_export(tmp_path / "out.mov", "prores-hq", info, count=1000)
    assert left_over(tmp_path) == []


def test_the_estimate_is_of_the_right_size(tmp_path):
    """For grainy pictures within a factor of three either way, so that neither room is wasted nor work."""
    info = film(width=320, height=240)
    for codec, name in (("prores-hq", "a.mov"), ("prores-4444", "b.mov"), ("ffv1", "c.mkv"), ("tiff", "d")):
        target = target_format(codec, info)
        write(tmp_path / name, codec, info, pictures(target, info, 4))
        files = [tmp_path / name] if codec != "tiff" else list((tmp_path / name).iterdir())
        took = sum(file.stat().st_size for file in files) / 4
        assert 1 / 3 < bytes_a_frame(codec, info, target) / took < 3


def test_no_permission(tmp_path, monkeypatch):
    """Root may write anywhere, so the system's refusal is made here."""

    def refuse(*args, **kwargs):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(encode_container.av, "open", refuse)
    with pytest.raises(StudioError, match="no permission to write"):
        create_encoder(tmp_path / "out.mov", "prores-hq", film(), count=2)
    monkeypatch.undo()
    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(StudioError, match="no permission to write"):
        create_encoder(tmp_path / "out", "png", film(), count=2)
    monkeypatch.undo()
    assert left_over(tmp_path) == []


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can become nobody")
def test_a_folder_nobody_may_write_to():
    with tempfile.TemporaryDirectory() as folder:
        locked = Path(folder) / "locked"
        locked.mkdir(mode=0o555)
        Path(folder).chmod(0o755)
        said = run_script(f"""
            import os
            from pathlib import Path
            from tcvc_studio.errors import StudioError
            from tcvc_studio.media import encode_container, encode_sequence
            from tcvc_studio.media.encode import create_encoder
            from tests.unit.media.writing import film
            os.setuid(65534)
            for name, codec in (("out.mov", "prores-hq"), ("out", "png")):
                try:
                    create_encoder(Path({str(locked)!r}, name), codec, film(), count=2)
                except StudioError as error:
                    print(error)
        """)
        assert said.count("There is no permission to write") == 2
        assert left_over(locked) == []


def test_the_film_itself_is_never_written(tmp_path):
    info = film_with_sound(tmp_path / "film.mov", ["pcm_s16le"])
    before = info.path.read_bytes()
    (tmp_path / "soft.mov").symlink_to("film.mov")
    os.link(info.path, tmp_path / "hard.mov")
    (tmp_path / "here").symlink_to(tmp_path, target_is_directory=True)
    for name in ("film.mov", "soft.mov", "hard.mov", "here/film.mov", "../" + tmp_path.name + "/film.mov"):
        for attempt in (create_encoder, check_export):
            with pytest.raises(StudioError, match="is the film itself"):
                attempt(tmp_path / name, "prores-hq", info, count=2)
    assert info.path.read_bytes() == before
    (tmp_path / "folder.mov").mkdir()
    with pytest.raises(StudioError, match="is a folder"):
        create_encoder(tmp_path / "folder.mov", "prores-hq", info, count=2)


@pytest.mark.parametrize(("number", "says"), [
    (errno.ENOSPC, "is full"), (errno.EFBIG, "larger"), (errno.EACCES, "permission"), (errno.EROFS, "only be read"),
    (errno.ENAMETOOLONG, "too long"), (errno.EIO, "Input/output error"),
])  # fmt: skip
def test_errors_of_the_disk_in_one_sentence(tmp_path, number, says):
    error = atomic.write_error(OSError(number, os.strerror(number)), tmp_path / "a.mov")
    assert isinstance(error, StudioError) and says in str(error)


def test_a_name_too_long_for_the_disk(tmp_path):
    with pytest.raises(StudioError, match="too long"):
        create_encoder(tmp_path / ("a" * 300 + ".mov"), "prores-hq", film(), count=2)
    assert left_over(tmp_path) == []
