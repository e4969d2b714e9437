"""The image, built once as a user builds it: by `make image`, from a copy of the checkout."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.image.base import lay_base
from tests.image.building import fetch_wheelhouse, make_image
from tests.image.storage import Storage, run
from tests.support.go_toolchain import REPOSITORY


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
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    with Storage(tmp_path_factory.mktemp("images")) as storage:
        yield storage


@pytest.fixture(scope="session")
def base(storage: Storage) -> str:
    return lay_base(storage)


@pytest.fixture(scope="session")
def wheelhouse() -> Path:
    return fetch_wheelhouse()


@pytest.fixture(scope="session")
def image(
    storage: Storage, base: str, wheelhouse: Path, tmp_path_factory: pytest.TempPathFactory
) -> Image:
    name = "localhost/telemetry:built"
    checkout = copy_of_the_checkout(tmp_path_factory.mktemp("checkout"))
    make_image(name, checkout, storage, base, wheelhouse)
    return Image(name, base, storage, storage.root_filesystem(name))


def copy_of_the_checkout(directory: Path) -> Path:
    """Copy what git has or would take, with dates of today, as a fresh clone has."""
    listed = run(
        ["git", "-C", REPOSITORY, "ls-files", "--cached", "--others", "--exclude-standard"]
    )
    for name in listed.splitlines():
        file = directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(REPOSITORY / name, file)
    return directory
