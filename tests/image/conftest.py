"""The image, built once as a user builds it: by `make image`, from a copy of the checkout."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.image.architecture import ARCHITECTURES, Architecture, own_architecture
from tests.image.base import lay_base
from tests.image.building import fetch_wheelhouse, make_image
from tests.image.storage import Storage
from tests.support.checkout import copy_of_the_checkout
from tests.support.newer_wheels import lay_newer_wheels


@dataclass(frozen=True)
class Image:
    """An image, and where its files lie."""

    name: str
    base: str
    storage: Storage
    root: Path

    @property
    def config(self) -> dict[str, Any]:
        """What a container of it is started with."""
        config = self.storage.config(self.name)["config"]
        assert isinstance(config, dict)
        return config

    @property
    def layer(self) -> str:
        """The digest of its one layer over the base."""
        *of_base, ours = self.storage.layers(self.name)
        assert of_base == self.storage.layers(self.base)
        return ours


@pytest.fixture(scope="session")
def architecture(request: pytest.FixtureRequest) -> Architecture:
    """That of the images: this machine's, or the one whose emulator `make test-image` has made
    known to the kernel."""
    name = request.config.getoption("--architecture")
    return own_architecture() if name is None else ARCHITECTURES[name]


@pytest.fixture(scope="session")
def storage(
    tmp_path_factory: pytest.TempPathFactory, architecture: Architecture
) -> Iterator[Storage]:
    with Storage(tmp_path_factory.mktemp("images"), architecture) as storage:
        yield storage


@pytest.fixture(scope="session")
def base(storage: Storage) -> str:
    return lay_base(storage)


@pytest.fixture(scope="session")
def wheelhouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make wheelhouse` fetches, and newer versions of everything in front of it."""
    directory = lay_newer_wheels(tmp_path_factory.mktemp("wheels") / "wheelhouse")
    return shutil.copytree(fetch_wheelhouse(), directory, dirs_exist_ok=True)


@pytest.fixture(scope="session")
def image(
    storage: Storage, base: str, wheelhouse: Path, tmp_path_factory: pytest.TempPathFactory
) -> Image:
    name = "localhost/telemetry:built"
    checkout = copy_of_the_checkout(tmp_path_factory.mktemp("checkout"))
    make_image(name, checkout, storage, base, wheelhouse)
    return Image(name, base, storage, storage.root_filesystem(name))
