"""The images that the node runs, as archives in the user's cache, by what they are made of."""

import hashlib
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from microshift_telemetry import __version__
from tests.image.base import base_key, lay_base
from tests.image.building import fetch_wheelhouse, make_image
from tests.image.storage import Storage
from tests.node.container_runtime import PAUSE_IMAGE
from tests.support import first_version
from tests.support.go_toolchain import REPOSITORY
from tests.support.tools import cache_directory

OPERATOR_IMAGE = "localhost/microshift-telemetry"
"""As the overlay names it."""
NEXT_VERSION = f"{__version__}.post1"
FIRST_VERSION = f"{first_version.VERSION}.first"
"""The tag of 0.1.0's own image; that of this checkout may be the same version."""
SOURCES = (
    "Containerfile",
    ".containerignore",
    "LICENSE",
    "Makefile",
    "README.md",
    "pyproject.toml",
    "requirements",
    "operator",
    "packaging/compile_bytecode.py",
)
RECIPE = (
    "tests/image/base.py",
    "tests/image/building.py",
    "tests/image/storage.py",
    "tests/node/images.py",
)
"""How an image is made of them."""


def pause_image() -> Path:
    """Give the image that holds a pod's network: the base, asleep."""

    def build(images: Storage, archive: Path) -> None:
        container = images.buildah("from", lay_base(images))
        images.buildah("config", '--entrypoint=["/usr/bin/sleep", "infinity"]', container)
        images.buildah("commit", "--rm", container, PAUSE_IMAGE)
        _export(images, PAUSE_IMAGE, archive)

    return _cached("pause", _key(), build)


def operator_image(version: str) -> Path:
    """Give the operator's image, built by `make image`; it says that it is of this version."""
    name = f"{OPERATOR_IMAGE}:{version}"

    def build(images: Storage, archive: Path) -> None:
        context = images.directory / "source"
        _copy_sources(context, version)
        make_image(name, context, images, lay_base(images), fetch_wheelhouse())
        _export(images, name, archive)

    return _cached(f"operator-{version}", _key(*SOURCES), build)


def first_image() -> Path:
    """Give the operator's image as version 0.1.0 builds it, from its own sources and lock."""
    name = f"{OPERATOR_IMAGE}:{FIRST_VERSION}"

    def build(images: Storage, archive: Path) -> None:
        context = first_version.unpack(images.directory / "source")
        make_image(name, context, images, lay_base(images), fetch_wheelhouse())
        _export(images, name, archive)

    return _cached("first", _key(str(first_version.ARCHIVE.relative_to(REPOSITORY))), build)


def _cached(name: str, key: str, build: Callable[[Storage, Path], None]) -> Path:
    """Build when it is missing, beside the final place; archives of an older key go."""
    directory = cache_directory().with_name("images")
    directory.mkdir(parents=True, exist_ok=True)
    finished = directory / f"{name}-{key}.tar"
    if not finished.exists():
        sys.stderr.write(f"Building {finished}\n")
        for old in directory.glob(f"{name}-{'?' * len(key)}.tar"):
            old.unlink()
        with tempfile.TemporaryDirectory(prefix=".image-", dir=directory) as scratch:
            archive = Path(scratch) / "image.tar"
            with Storage(Path(scratch) / "storage") as images:
                build(images, archive)
            archive.rename(finished)
    return finished


def _key(*sources: str) -> str:
    """Hash what the base is, how an image is made, and the sources, names and contents."""
    content = hashlib.sha256(base_key().encode())
    for source in (REPOSITORY / each for each in (*RECIPE, *sources)):
        for path in [source] if source.is_file() else sorted(source.rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                name = path.relative_to(REPOSITORY)
                content.update(f"\n{name} {path.stat().st_size}\n".encode())
                content.update(path.read_bytes())
    return content.hexdigest()[:16]


def _copy_sources(context: Path, version: str) -> None:
    context.mkdir()
    for source in SOURCES:
        if (REPOSITORY / source).is_dir():
            shutil.copytree(REPOSITORY / source, context / source)
        else:
            (context / source).parent.mkdir(exist_ok=True)
            shutil.copy(REPOSITORY / source, context / source)
    module = context / "operator" / "microshift_telemetry" / "__init__.py"
    module.write_text(module.read_text().replace(__version__, version))


def _export(images: Storage, name: str, archive: Path) -> None:
    images.buildah("push", "--quiet", name, f"docker-archive:{archive}:{name}")
