"""The Pythons of this machine, and a virtual environment from the lock for each."""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.support.go_toolchain import BUILT, LOCKED, REPOSITORY

OLDEST_MINOR = 11
_NAME = re.compile(r"python3\.(\d+)")
_CAN_MAKE_ENVIRONMENTS = "import ensurepip, venv, sys; print(sys.version_info.minor)"


def pythons(environment: Mapping[str, str], oldest: int = OLDEST_MINOR) -> dict[int, Path]:
    """Find the first Python that works for each minor version from 3.11 on, oldest first.

    On the `PATH` and among pyenv's; a shim of pyenv whose version is not active does not work.
    """
    found: dict[int, Path] = {}
    for candidate in _candidates(environment):
        minor = int(candidate.name.removeprefix("python3."))
        if minor >= oldest and minor not in found and _works(candidate, minor):
            found[minor] = candidate
    return dict(sorted(found.items()))


def make_environment(python: Path, directory: Path) -> Path:
    """Give the Python of a new virtual environment that has the lock and the operator.

    Only wheels are taken, since a source package would fetch what it is built with unlocked.

    Raises:
        subprocess.CalledProcessError: a wheel is missing for this Python, or pip failed.
    """
    subprocess.run([str(python), "-m", "venv", "--clear", str(directory)], check=True)
    inside = directory / "bin" / "python"
    pip = (inside, REPOSITORY / "requirements" / "isolated.py", "pip")
    lock = REPOSITORY / "requirements" / "dev.txt"
    install = (*pip, "install", "--quiet")
    subprocess.run([*install, *LOCKED, f"--requirement={lock}"], check=True)
    subprocess.run([*install, *BUILT, f"--editable={REPOSITORY}"], check=True)
    subprocess.run([*pip, "check"], check=True, stdout=subprocess.DEVNULL)
    return inside


def _candidates(environment: Mapping[str, str]) -> Iterator[Path]:
    pyenv = Path(environment.get("PYENV_ROOT") or Path.home() / ".pyenv")
    on_path = [Path(folder) for folder in environment.get("PATH", os.defpath).split(os.pathsep)]
    for folder in (*on_path, *sorted(pyenv.glob("versions/3.*/bin"))):
        yield from (path for path in sorted(folder.glob("python3.*")) if _NAME.fullmatch(path.name))


def _works(python: Path, minor: int) -> bool:
    command = [str(python), "-c", _CAN_MAKE_ENVIRONMENTS]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and done.stdout.strip() == str(minor)
