"""Install TCVC Studio from this folder into a virtual environment, with the CPU build of torch.

    python tools/install.py demo test        makes .venv and installs .[demo,test]
    python tools/install.py demo --cuda      the same with the CUDA build, some gigabytes

Standard library only; does nothing where everything is already as asked. On Linux, PyPI's torch brings CUDA with it:
the CPU build is taken from wherever pip is already told to look, else from PyTorch's own index, and where neither has
it the installation stops rather than fetch CUDA unasked.
"""

import argparse
import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TORCH_INDEX = "https://download.pytorch.org/whl/cpu"
PYTHONS = ((3, 11), (3, 12))


class InstallError(Exception):
    """What stands in the way, and what to do, in one sentence."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("extras", nargs="*", help="demo, test, dev")
    parser.add_argument("--venv", type=Path, default=ROOT / ".venv", help="the environment; .venv")
    parser.add_argument("--cuda", action="store_true", help="the CUDA build of torch")
    parser.add_argument(
        "--torch-index",
        default=os.environ.get("TORCH_INDEX") or TORCH_INDEX,
        help="where CPU builds of torch are, if pip does not know of one",
    )
    args = parser.parse_args()
    try:
        install(args.venv.absolute(), sorted(set(args.extras)), cuda=args.cuda, torch_index=args.torch_index)
    except InstallError as error:
        print(f"install: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("install: cancelled; run it again to go on.", file=sys.stderr)
        return 130
    return 0


def install(venv: Path, extras: list[str], *, cuda: bool, torch_index: str) -> None:
    """Make the environment, if there is none, and install what is not there yet."""
    python = interpreter(venv)
    stamp = venv / "tcvc-installed.txt"
    wanted = stamp_text(extras, cuda=cuda)
    if python.exists() and stamp.is_file() and wanted in stamp.read_text(encoding="utf-8").splitlines():
        return
    make_environment(venv)
    torch = pinned_torch()
    if cuda:
        # Three equal signs: the CPU build's version, 2.x.y+cpu, would satisfy two.
        pip(python, "install", torch.replace("==", "==="), "--upgrade")
    elif sys.platform == "linux" and installed_torch(python) is None:
        pip(python, "install", f"{torch}+cpu", *cpu_options(python, torch, torch_index))
    what = f"{ROOT}[{','.join(extras)}]" if extras else str(ROOT)
    pip(python, "install", "--editable", what)
    done = stamp.read_text(encoding="utf-8").splitlines() if stamp.is_file() else []
    # An environment with CUDA serves whoever is content without, until the pins change.
    kept = [line for line in done if line.split(" ")[0] == wanted.split(" ")[0]]
    lines = {*kept, wanted, stamp_text(extras, cuda=False)}
    stamp.write_text("\n".join(sorted(lines)) + "\n", encoding="utf-8")


def make_environment(venv: Path) -> None:
    """A virtual environment with pip, made by the Python that runs this."""
    python = interpreter(venv)
    if python.exists():
        found = run([str(python), "-c", "import sys; print(*sys.version_info[:2])"], quiet=True)
        if found.returncode or tuple(map(int, found.stdout.split())) not in PYTHONS:
            raise InstallError(f"{venv} is not of Python 3.11 or 3.12: remove that folder and run this again.")
        if run([str(python), "-m", "pip", "--version"], quiet=True).returncode == 0:
            return
    version = "{}.{}".format(*sys.version_info)
    if sys.version_info[:2] not in PYTHONS:
        raise InstallError(f"This is Python {version}: TCVC Studio runs on 3.11 and 3.12, install one of them.")
    try:
        import ensurepip  # noqa: F401
        import venv as _  # noqa: F401
    except ImportError:
        raise InstallError(
            f"This Python cannot make virtual environments: on Debian run `sudo apt install python{version}-venv` "
            "(or python3-venv), then this again."
        ) from None
    print(f"making {venv} with Python {version}", flush=True)
    if run([sys.executable, "-m", "venv", str(venv)]).returncode:
        raise InstallError(f"{venv} could not be made: see above; make room or check the folder's permissions.")


def cpu_options(python: Path, torch: str, torch_index: str) -> list[str]:
    """Options that let pip find the CPU build; none where it finds one already. Raises InstallError where none can."""
    wanted = torch.split("==")[1] + "+cpu"
    # One short look, without pip's patience, so that an index that does not answer costs seconds and not minutes.
    look = ["index", "versions", "torch", "--retries", "0", "--timeout", "15"]
    extra = ["--extra-index-url", torch_index]
    for options in ([], extra):
        seen = run([str(python), "-m", "pip", *look, *options], quiet=True).stdout
        if wanted in re.split(r"[\s,()]+", seen):
            return options
    raise InstallError(
        f"The CPU build of torch {wanted.removesuffix('+cpu')} is not to be had from {torch_index}: check the "
        "connection, or name a folder with its wheel in PIP_FIND_LINKS, or ask for the CUDA build (make demo CUDA=1)."
    )


def installed_torch(python: Path) -> str | None:
    """Version of the torch in the environment, if it is the one that is pinned, whatever its build."""
    code = "import importlib.metadata as m; print(m.version('torch'))"
    seen = run([str(python), "-c", code], quiet=True)
    version = seen.stdout.strip()
    return version if seen.returncode == 0 and version.split("+")[0] == pinned_torch().split("==")[1] else None


def pinned_torch() -> str:
    """The one version of torch that this release is made for, as a requirement without build: torch==X."""
    import tomllib

    with open(ROOT / "pyproject.toml", "rb") as file:
        requirements = tomllib.load(file)["project"]["dependencies"]
    return next(one for one in requirements if one.startswith("torch=="))


def stamp_text(extras: list[str], *, cuda: bool) -> str:
    """One line that says what is installed: it changes with the project's requirements and place."""
    seal = hashlib.sha256((ROOT / "pyproject.toml").read_bytes() + str(ROOT).encode()).hexdigest()[:16]
    return f"{seal} {','.join(extras) or 'plain'} {'cuda' if cuda else 'any'}"


def interpreter(venv: Path) -> Path:
    """The environment's Python."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def pip(python: Path, *arguments: str) -> None:
    """Run pip, showing what it does. Raises InstallError where it fails."""
    if run([str(python), "-m", "pip", *arguments, "--disable-pip-version-check"]).returncode:
        raise InstallError("pip could not install what is needed: see its message above, then run this again.")


def run(command: list[str], *, quiet: bool = False) -> subprocess.CompletedProcess[str]:
    """Run a command to its end. quiet: keep its output instead of showing it."""
    try:
        return subprocess.run(command, text=True, capture_output=quiet, check=False)
    except OSError as error:
        raise InstallError(f"{command[0]} cannot be run ({error.strerror}): check the installation.") from None


if __name__ == "__main__":
    if sys.version_info < (3, 11):  # noqa: UP036 - any Python may be tried
        sys.exit("install: TCVC Studio needs Python 3.11 or 3.12; on Debian 12: sudo apt install python3 python3-venv")
    sys.exit(main())
