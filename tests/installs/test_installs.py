"""Every install takes what its lock names, whatever is published later, however pip is set up."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.installs.environments import OURS, Checkout, python_with_pip, wheels
from tests.support.checkout import copy_of_the_checkout
from tests.support.locks import LOCKS, locked
from tests.support.newer_wheels import NEWER

pytestmark = pytest.mark.timeout(1800)

FIND_GO = "from tests.support.go_toolchain import find_go; print(find_go('go {version}'))"


def test_the_index_has_something_newer_of_every_lock(settings: Mapping[str, str]) -> None:
    offered = wheels(Path(settings["PIP_FIND_LINKS"]))

    assert offered == {(name, NEWER) for lock in LOCKS for name, _ in locked(lock)}


def test_both_environments_hold_what_is_locked(checkout: Checkout) -> None:
    assert checkout.installed(".venv") == locked("dev") | OURS
    assert checkout.installed(".venv-operator") == locked("run") | OURS


def test_so_they_do_when_python_brings_the_newest_pip(
    newest_pip: Path, settings: Mapping[str, str], tmp_path: Path
) -> None:
    checkout = Checkout(copy_of_the_checkout(tmp_path / "checkout"), settings)

    checkout.run("make", "setup", f"PYTHON={python_with_pip(tmp_path / 'python', newest_pip)}")

    assert checkout.installed(".venv") == locked("dev") | OURS
    assert checkout.installed(".venv-operator") == locked("run") | OURS


def test_variables_of_pip_change_no_environment(
    checkout: Checkout, hostile: Mapping[str, str]
) -> None:
    make_operator_anew(checkout, **hostile)

    assert checkout.installed(".venv-operator") == locked("run") | OURS


def test_a_file_of_pip_changes_no_environment(
    checkout: Checkout, hostile: Mapping[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "pip.conf"
    settings = {name.removeprefix("PIP_").lower(): value for name, value in hostile.items()}
    lines = (f"{name} = {value}" for name, value in settings.items())
    file.write_text("\n".join(["[global]", "quiet = 1", "[install]", *lines]))

    make_operator_anew(checkout, PIP_CONFIG_FILE=str(file))

    assert checkout.installed(".venv-operator") == locked("run") | OURS


def test_what_pythonpath_holds_is_installed_all_the_same(
    checkout: Checkout, tmp_path: Path
) -> None:
    [version] = {version for name, version in locked("run") if name == "aiohttp"}
    there = tmp_path / f"aiohttp-{version}.dist-info"
    there.mkdir()
    (there / "METADATA").write_text(f"Metadata-Version: 2.1\nName: aiohttp\nVersion: {version}\n")

    make_operator_anew(checkout, PYTHONPATH=str(tmp_path))

    assert checkout.installed(".venv-operator") == locked("run") | OURS


def test_the_wheelhouse_holds_what_is_locked(
    checkout: Checkout, hostile: Mapping[str, str]
) -> None:
    checkout.run("make", "wheelhouse", **hostile)

    assert wheels(checkout.directory / "dist" / "wheelhouse") == locked("run", "build")


def test_the_go_toolchain_is_the_locked_one(
    checkout: Checkout, hostile: Mapping[str, str], python: Path, tmp_path: Path
) -> None:
    [(_, version)] = locked("go")
    environment = tmp_path / "environment"
    subprocess.run([python, "-m", "venv", environment], check=True)
    before = checkout.installed(str(environment))

    find_go = FIND_GO.format(version=version)
    checkout.run(environment / "bin" / "python", "-c", find_go, **hostile, PATH="")

    assert checkout.installed(str(environment)) - before == locked("go")


def test_the_site_is_built_from_what_is_locked(
    checkout: Checkout, hostile: Mapping[str, str]
) -> None:
    checkout.run("make", "docs", **hostile)

    assert checkout.installed(".venv-docs") == locked("docs")
    assert (checkout.directory / "build" / "site" / "index.html").exists()


def test_locking_again_moves_no_version(checkout: Checkout, hostile: Mapping[str, str]) -> None:
    checkout.run("make", "lock", **hostile)

    assert [locked(lock, checkout=checkout.directory) for lock in LOCKS] == [
        locked(lock) for lock in LOCKS
    ]


def make_operator_anew(checkout: Checkout, **variables: str) -> None:
    """Install all that runs on a device into an empty environment."""
    subprocess.run(["rm", "-rf", checkout.directory / ".venv-operator"], check=True)
    checkout.run("make", "setup", **variables)
