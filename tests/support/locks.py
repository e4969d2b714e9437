"""What the locks in `requirements/` name, read by pip's own library for requirements."""

from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.go_toolchain import REPOSITORY

LOCKS = ("build", "dev", "docs", "go", "run")

Packages = frozenset[tuple[str, str]]
"""Canonical names and versions."""


def locked(*locks: str, checkout: Path = REPOSITORY) -> Packages:
    """Read locks, leaving out what is for other machines."""
    return frozenset(
        (canonicalize_name(requirement.name), str(requirement.specifier).removeprefix("=="))
        for lock in locks
        for requirement in _requirements(checkout / "requirements" / f"{lock}.txt")
        if requirement.marker is None or requirement.marker.evaluate()
    )


def _requirements(lock: Path) -> list[Requirement]:
    return [
        Requirement(line.removesuffix("\\"))
        for line in lock.read_text().splitlines()
        if "==" in line
    ]
