"""Two releases of a checkout of their own; the image is a stand-in.

`make test-image` builds and packs the real one.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.integration.release.download import BEFORE, VERSION, Download
from tests.support.releasing import Keys, Releaser, needs
from tests.support.stand_in_image import StandIn


@dataclass(frozen=True)
class Releases:
    """Who made them, and where they lie."""

    releaser: Releaser
    keys: Keys
    before: Path
    newest: Path


@pytest.fixture(scope="session")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Releases]:
    if missing := needs():
        pytest.skip(missing)
    directory = tmp_path_factory.mktemp("releases")
    keys, releaser = Keys(directory / "gpg"), Releaser(directory / "clone")
    try:
        before = released(releaser, keys, BEFORE, directory)
        yield Releases(releaser, keys, before, released(releaser, keys, VERSION, directory))
    finally:
        keys.close()


@pytest.fixture
def releaser(releases: Releases) -> Iterator[Releaser]:
    """The maintainer; what a test changes is undone."""
    yield releases.releaser
    releases.releaser.undo()


@pytest.fixture
def made(releases: Releases) -> Path:
    return releases.newest


@pytest.fixture
def download(releases: Releases, tmp_path: Path) -> Download:
    shutil.copytree(releases.newest, tmp_path / "download")
    shutil.copy(releases.newest / "verify-release", tmp_path)
    image = StandIn(VERSION, releases.releaser.revision)
    return Download(tmp_path / "download", releases.keys, releases.before, image)


def released(releaser: Releaser, keys: Keys, version: str, directory: Path) -> Path:
    """Give what is new a version, commit that, and release it."""
    changelog = releaser.checkout / "CHANGELOG.md"
    text = changelog.read_text()
    if "## [Unreleased]" not in text:
        changelog.write_text(text.replace("## [", "## [Unreleased]\n\n- New.\n\n## [", 1))
    releaser.make("version", f"VERSION={version}")
    releaser.commit()
    releaser.remember()
    amd64 = StandIn(version, releaser.revision)
    arm64 = replace(amd64, architecture="arm64")
    archives = releaser.archives(directory / "images" / version, amd64, arm64)
    return releaser.release(version, archives, keys, into=directory / "made")
