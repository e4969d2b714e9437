"""`make dist` as a packager runs it, and RPMs in a root of their own."""

import os
import subprocess
from pathlib import Path

from tests.support.go_toolchain import REPOSITORY

IMAGE = f"registry.example.com/edge/microshift-telemetry@sha256:{'5f' * 32}"
MICROSHIFT_SPEC = """\
Name: microshift
Version: 4.21.3
Release: 1
Summary: Stands for MicroShift
License: none
BuildArch: noarch
Provides: /bin/bash
Provides: /bin/sh
Provides: /usr/bin/python3
Provides: python3 = 3.9.25
%description
%install
mkdir -p %{buildroot}/usr/lib/microshift/manifests.d
%files
%dir /usr/lib/microshift
%dir /usr/lib/microshift/manifests.d
"""
"""What our packages ask of the device."""
DATABASE = "usr/lib/sysimage/rpm"
"""Where RHEL keeps it; Debian's rpm would take root's home."""


class PackagingError(Exception):
    """A program ended with an error; the text is what it said."""


def make_dist(directory: Path, *settings: str) -> Path:
    """Build everything into a directory, with variables of the Makefile set."""
    run("make", "--silent", "dist", f"DIST={directory}", *settings)
    return directory


def build_microshift(directory: Path) -> Path:
    """Build a package that stands for MicroShift."""
    directory.mkdir()
    spec = directory / "microshift.spec"
    spec.write_text(MICROSHIFT_SPEC)
    run(
        *("rpmbuild", "--quiet", "-bb", str(spec)),
        *("--define", f"_topdir {directory}", "--define", f"_rpmdir {directory}"),
        *("--define", "_rpmfilename microshift.rpm"),
    )
    return directory / "microshift.rpm"


def run(*command: str) -> str:
    """Run a program in the repository and give what it wrote.

    Raises:
        PackagingError: it ended with an error.
    """
    environment = {**os.environ, "MAKEFLAGS": "", "MAKELEVEL": ""}  # noqa: TID251  # not our caller's
    done = subprocess.run(
        command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise PackagingError(done.stdout + done.stderr)
    return done.stdout


class Root:
    """A root directory of its own with RPMs in it, as a device's or an image's."""

    def __init__(self, directory: Path) -> None:
        """Make it, empty."""
        self.directory = directory
        self.rpm("--initdb")

    def rpm(self, *arguments: str) -> list[str]:
        """Run rpm on it and give the lines that it wrote.

        Raises:
            PackagingError: rpm refused.
        """
        where = (f"--root={self.directory}", f"--dbpath=/{DATABASE}")
        return run("rpm", *where, *arguments).splitlines()

    def files(self) -> set[str]:
        """List what is in it, without rpm's own database."""
        database = self.directory / DATABASE
        return {
            f"/{path.relative_to(self.directory)}"
            for path in self.directory.rglob("*")
            if not path.is_dir() and database not in path.parents
        }
