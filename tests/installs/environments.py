"""A checkout of its own, whose Makefile sets up environments under given settings of pip's."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name
from packaging.version import Version

from microshift_telemetry import __version__
from tests.support.locks import Packages

OURS = frozenset({("microshift-telemetry", __version__)})
BASE_PYTHON = Path(sys.base_prefix, "bin", f"python3.{sys.version_info.minor}")

LIST = """
import importlib.metadata
for each in importlib.metadata.distributions():
    print(each.name, each.version)
"""


@dataclass(frozen=True)
class Checkout:
    """Where `make` runs, and under what settings of pip's."""

    directory: Path
    settings: Mapping[str, str]

    def run(self, *command: str | Path, **variables: str) -> None:
        """Run a program in it; what it writes is pytest's to show.

        Raises:
            subprocess.CalledProcessError: it ended with an error.
        """
        inherited = {
            name: value
            for name, value in os.environ.items()  # noqa: TID251  # handed on, not read
            if not name.startswith("MAKE")
        }
        environment = {**inherited, **self.settings, **variables}
        subprocess.run(command, cwd=self.directory, env=environment, check=True)

    def installed(self, environment: str) -> Packages:
        """List what is in one of its virtual environments, pip among it; `v1.0` is `1.0`."""
        python = self.directory / environment / "bin" / "python"
        told = subprocess.check_output([python, "-I", "-c", LIST], text=True)
        pairs = (line.split() for line in told.splitlines())
        return frozenset(
            (canonicalize_name(name), str(Version(version))) for name, version in pairs
        )


def wheels(directory: Path) -> Packages:
    """Read names and versions from wheels' file names."""
    pairs = (wheel.name.split("-")[:2] for wheel in directory.glob("*.whl"))
    return frozenset((canonicalize_name(name), version) for name, version in pairs)


def python_with_pip(directory: Path, pip: Path) -> Path:
    """Write a Python whose new virtual environments have the pip of a wheel in place of its own."""
    directory.mkdir()
    script = directory / "python"
    script.write_text(
        "#!/bin/sh -e\n"
        f'{BASE_PYTHON} "$@"\n'
        "for environment; do :; done\n"
        'if [ "$1 $2" = "-m venv" ] && [ -e "$environment/bin/pip" ]; then\n'
        '    "$environment/bin/python" -m pip --isolated install --quiet --no-index --no-deps'
        f" --force-reinstall {pip}\n"
        "fi\n"
    )
    script.chmod(0o755)
    return script
