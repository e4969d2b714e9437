"""Where the version is written: the code's own word, and what must say the same.

`python -m release.places VERSION` writes it; `make version` calls it. Everything else is generated,
or takes it from `__version__`.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from microshift_telemetry.clock import SystemClock
from release.versions import parse_version, with_release

REPOSITORY = Path(__file__).parents[1]
SOURCE = "operator/microshift_telemetry/__init__.py"
NUMBERS = r"\d+\.\d+\.\d+"
PLACES: Mapping[str, re.Pattern[str]] = {
    SOURCE: re.compile(rf'(?<=__version__ = "){NUMBERS}(?=")'),
    "deploy/overlays/kubernetes/kustomization.yaml": re.compile(rf"(?<=newTag: ){NUMBERS}"),
    "deploy/overlays/microshift/kustomization.yaml": re.compile(rf"(?<=newTag: ){NUMBERS}"),
    "docs/install.md": re.compile(rf"(?<=[a-z][:-]){NUMBERS}"),
}
"""Path → each version in it: of files, tags and packages."""


def written(repository: Path = REPOSITORY) -> str:
    """Read what the code says."""
    [version] = PLACES[SOURCE].findall((repository / SOURCE).read_text())
    return str(version)


def disagreements(version: str, repository: Path = REPOSITORY) -> Iterator[str]:
    """Name each place that says another version, or none."""
    for place, pattern in PLACES.items():
        found = set(pattern.findall((repository / place).read_text()))
        if found != {version}:
            said = " and ".join(sorted(found)) or "no version"
            yield f"{place} says {said}: run `make version VERSION={version}`"


def write(version: str, today: date, repository: Path = REPOSITORY) -> None:
    """Write a new version into every place, and its section into CHANGELOG.md.

    Raises:
        ValueError: it is none, it is not greater than the last, or nothing is to be released.
    """
    parse_version(version)
    changelog = repository / "CHANGELOG.md"
    changelog.write_text(with_release(changelog.read_text(), version, today))
    for place, pattern in PLACES.items():
        file = repository / place
        file.write_text(pattern.sub(version, file.read_text()))


if __name__ == "__main__":
    try:
        write(sys.argv[1], SystemClock().now().date())
    except ValueError as error:
        sys.exit(f"make version: {error}")
