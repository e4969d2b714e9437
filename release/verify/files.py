"""Which files a release has, and that each is what the list of checksums says."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

NAME = "microshift-telemetry"
SUMS, SIGNATURE, PUBLIC_KEY = "SHA256SUMS", "SHA256SUMS.asc", f"RPM-GPG-KEY-{NAME}"
LINE = re.compile(r"(?P<digest>[0-9a-f]{64})  (?P<name>[^/]+)")
VERSION = re.compile(rf"^[0-9a-f]{{64}}  {NAME}-manifests-(.+)\.tar\.gz$", re.MULTILINE)
PACKAGES = ("", "-default", "-release-info", "-cli")
MACHINES = {"amd64": (62, "x86_64"), "arm64": (183, "aarch64")}
"""Architecture → `e_machine` of its ELF files, and the kernel's name for it."""


class DamageError(ValueError):
    """A file can't be read as what it should be; the text begins with its name."""


@dataclass(frozen=True)
class Release:
    """A directory, what should be in it, and another one for what gpg and rpm write."""

    directory: Path
    version: str
    architectures: tuple[str, ...]
    key: Optional[Path]  # noqa: UP045  # Python 3.9 evaluates no other form
    """`None` for one that is not signed."""
    scratch: Path

    def file(self, name: str) -> Path:
        """Locate a file of it."""
        return self.directory / name

    def read(self, name: str) -> bytes:
        """Read a file of it."""
        return self.file(name).read_bytes()

    def read_json(self, name: str) -> Any:
        """Read a file of it that is JSON.

        Raises:
            DamageError: it is none.
        """
        try:
            return json.loads(self.read(name))
        except ValueError as error:
            raise DamageError(f"{name}: no JSON: {error}") from error

    def read_tar(self, name: str) -> dict[str, bytes]:
        """Read the files in a tarball of it.

        Raises:
            DamageError: it is none.
        """
        try:
            with tarfile.open(self.file(name)) as tar:
                opened = ((member.name, tar.extractfile(member)) for member in tar)
                return {
                    path[2 * path.startswith("./") :]: each.read() for path, each in opened if each
                }
        except (OSError, EOFError, tarfile.TarError, zlib.error) as error:
            raise DamageError(f"{name}: no tarball: {error}") from error

    @property
    def archive(self) -> str:
        """The image."""
        return f"{NAME}-image-{self.version}.oci.tar"

    @property
    def packages(self) -> list[str]:
        """The RPMs: the operator, its object, which image, the plugin."""
        return [f"{NAME}{each}-{self.version}-1.noarch.rpm" for each in PACKAGES]

    @property
    def manifests(self) -> str:
        """What is installed where there are no packages."""
        return f"{NAME}-manifests-{self.version}.tar.gz"

    @property
    def source(self) -> str:
        """What all of it is built from."""
        return f"{NAME}-source-{self.version}.tar.gz"

    @property
    def bill(self) -> str:
        """The bill of materials."""
        return f"{NAME}-{self.version}.cdx.json"

    def names(self) -> set[str]:
        """Name everything that is listed."""
        programs = {"kubectl-telemetry", "kubectl_complete-telemetry", "verify-release"}
        files = {self.archive, *self.packages, self.manifests, self.source, self.bill}
        return files | programs | ({PUBLIC_KEY} if self.key else set())


def listed_version(sums: str) -> str:
    """Tell of which version a list of checksums is."""
    found = VERSION.search(sums)
    return found[1] if found else "unknown"


def checksums(release: Release) -> Iterator[str]:
    """Find what is missing, too many, not listed, or not what is listed."""
    lines = release.file(SUMS).read_text().splitlines()
    matches = [found for found in map(LINE.fullmatch, lines) if found]
    listed = {found["name"]: found["digest"] for found in matches}
    if len(listed) != len(lines):
        yield f"{SUMS}: a line is no checksum, or a file is listed twice"
    there = {each.name for each in release.directory.iterdir()} - {SUMS}
    there -= {SIGNATURE} if release.key else set()
    for name in sorted(release.names() | listed.keys() | there):
        if name not in release.names():
            yield f"{name}: not part of release {release.version}"
        elif name not in there:
            yield f"{name}: missing"
        elif name not in listed:
            yield f"{name}: not listed in {SUMS}"
        elif sha256(release.read(name)) != listed[name]:
            yield f"{name}: damaged, its SHA-256 is not the one in {SUMS}"


def sha256(content: bytes) -> str:
    """Hash it."""
    return hashlib.sha256(content).hexdigest()


def run(*command: str) -> subprocess.CompletedProcess[str]:
    """Run a program and keep what it says."""
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # gpg, rpm, or what was verified
