"""Version 0.1.0 as it was: its sources, its manifests, and an environment from its own lock."""

import hashlib
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from tests.support.go_toolchain import REPOSITORY
from tests.support.operator_process import OperatorProcess
from tests.support.tools import cache_directory

VERSION = "0.1.0"
ARCHIVE = REPOSITORY / "tests" / "golden" / "releases" / f"v{VERSION}.tar.xz"
LOCKED = ("--quiet", "--no-deps", "--require-hashes", "--only-binary=:all:")
BUILT = ("--quiet", "--no-deps", "--no-index")


class FirstOperator(OperatorProcess):
    """The operator of version 0.1.0."""

    @property
    def python(self) -> Path:
        """That of its own environment."""
        return python()


def unpack(directory: Path) -> Path:
    """Write its sources and manifests."""
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(directory, filter="data")
    return directory


def python() -> Path:
    """Give the Python of an environment with it; made once, from its lock by hash, then kept."""
    key = hashlib.sha256(ARCHIVE.read_bytes() + sys.version.encode()).hexdigest()[:16]
    finished = cache_directory().with_name("versions") / f"{VERSION}-{key}"
    if not finished.exists():
        finished.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".version-", dir=finished.parent) as scratch:
            made = _make(Path(scratch))
            if not finished.exists():  # another test may have been faster
                made.rename(finished)
    return finished / "bin" / "python"


def _make(scratch: Path) -> Path:
    sources, environment = unpack(scratch / "sources"), scratch / "environment"
    _run(scratch, sys.executable, "-m", "venv", "--without-pip", environment)
    pip = (sys.executable, REPOSITORY / "requirements" / "isolated.py", "pip")
    install = (*pip, "--python", environment / "bin" / "python", "install")
    _run(scratch, *install, *LOCKED, "--requirement", sources / "requirements" / "run.txt")
    build = (sys.executable, "-m", "hatchling", "build", "--target=wheel", f"--directory={scratch}")
    _run(sources, *build)
    _run(scratch, *install, *BUILT, *scratch.glob("*.whl"))
    return environment


def _run(directory: Path, *command: str | Path) -> None:
    subprocess.run(command, cwd=directory, stdout=subprocess.DEVNULL, check=True)
