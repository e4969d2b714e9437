"""Environments that the Makefile makes anew, from an empty pip cache."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.installs.environments import BASE_PYTHON, Checkout, python_with_pip
from tests.support.checkout import copy_of_the_checkout
from tests.support.locks import locked
from tests.support.newer_wheels import NEWER, lay_newer_wheels


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Newer versions of everything in front of pip, and a cache that begins empty.

    They take the place of this machine's own wheels: what is locked must come from the index.
    """
    newer = lay_newer_wheels(tmp_path_factory.mktemp("index") / "newer")
    cache = tmp_path_factory.mktemp("cache")
    return {"PIP_FIND_LINKS": str(newer), "PIP_CACHE_DIR": str(cache)}


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory, settings: dict[str, str]) -> Checkout:
    """One for what needs the environments; no test changes its `.venv`."""
    checkout = Checkout(copy_of_the_checkout(tmp_path_factory.mktemp("checkout")), settings)
    checkout.run("make", "setup", f"PYTHON={BASE_PYTHON}")
    return checkout


@pytest.fixture(scope="session")
def newest_pip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the pip that is locked."""
    directory = tmp_path_factory.mktemp("pip")
    [version] = {version for name, version in locked("dev") if name == "pip"}
    download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    subprocess.run([*download, f"--dest={directory}", f"pip=={version}"], check=True)
    [wheel] = directory.glob("*.whl")
    return wheel


@pytest.fixture(
    params=[
        pytest.param(False, id="the pip that Python brings"),
        pytest.param(True, id="the pip of the lock"),
    ]
)
def python(request: pytest.FixtureRequest, newest_pip: Path, tmp_path: Path) -> Path:
    """A Python to make virtual environments with."""
    return python_with_pip(tmp_path / "python", newest_pip) if request.param else BASE_PYTHON


@pytest.fixture
def hostile(tmp_path: Path) -> Mapping[str, str]:
    """Settings of a user's each of which moves or breaks an install that heeds it."""
    other = tmp_path / "other.txt"
    other.write_text(f"aiohttp=={NEWER}\n")
    return {
        "PIP_CONSTRAINT": str(other),
        "PIP_REQUIREMENT": str(other),
        "PIP_NO_BINARY": ":all:",
        "PIP_PRE": "1",
        "PIP_UPGRADE": "1",
        "PIP_DRY_RUN": "1",
        "PIP_TARGET": str(tmp_path / "target"),
        "PIP_USER": "1",
        "PIP_PYTHON": str(BASE_PYTHON),
    }
