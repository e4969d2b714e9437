"""The base image that the tests build on: a Debian with Python, from its package archive."""

import hashlib
import platform
import tempfile
from pathlib import Path

from tests.image.architecture import Architecture, own_architecture
from tests.image.storage import Storage, run
from tests.support.tools import cache_directory

BASE = "localhost/base:latest"
PACKAGES = ("usr-is-merged", "python3", "python3-venv")
OPTIONS = ("--variant=minbase", "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr", "--quiet")
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
APT_SOURCES = (Path("/etc/apt/sources.list.d/debian.sources"), Path("/etc/apt/sources.list"))


def lay_base(storage: Storage) -> str:
    """Put the base image into a storage and give its name; made in a minute, then kept.

    Under an emulator it takes five.

    Raises:
        ImageError: mmdebstrap or buildah could not make it.
    """
    container = storage.buildah("from", *storage.platform, "scratch")
    storage.buildah("add", container, _archive(storage.architecture), "/")
    storage.buildah("config", f"--env=PATH={PATH}", container)
    storage.buildah("commit", "--rm", "--timestamp=0", container, BASE)
    return BASE


def base_key(architecture: Architecture | None = None) -> str:
    """Name what the base is made of: the Debian suite, this machine's own, and the recipe.

    Without an `architecture` it is this machine's.
    """
    options = _options(architecture or own_architecture())
    recipe = hashlib.sha256(repr((PACKAGES, options)).encode()).hexdigest()
    return f"{_suite()}-{recipe[:16]}"


def _archive(architecture: Architecture) -> Path:
    """Make the base's files once; those who come later, or at the same time, share them."""
    finished = cache_directory().with_name("images") / f"{base_key(architecture)}.tar"
    finished.parent.mkdir(parents=True, exist_ok=True)
    if not finished.exists():
        sources = [source for source in APT_SOURCES if source.is_file() and source.stat().st_size]
        with tempfile.TemporaryDirectory(prefix=".base-", dir=finished.parent) as scratch:
            made = Path(scratch) / "base.tar"
            include = f"--include={','.join(PACKAGES)}"
            run(["mmdebstrap", *_options(architecture), include, _suite(), made, *sources])
            made.rename(finished)
    return finished


def _options(architecture: Architecture) -> tuple[str, ...]:
    if not architecture.is_foreign:
        return OPTIONS
    # Whoever got here has made sure of the emulator; mmdebstrap asks for one more package to do so.
    return (*OPTIONS, f"--architectures={architecture.name}", "--skip=check/qemu")


def _suite() -> str:
    return platform.freedesktop_os_release()["VERSION_CODENAME"]
