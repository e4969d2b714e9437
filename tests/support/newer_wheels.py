"""A newer version of everything that is locked: empty wheels, as somebody may publish them."""

import importlib.metadata
import zipfile
from pathlib import Path

from tests.support.locks import LOCKS, locked

NEWER = "9999"


def lay_newer_wheels(directory: Path) -> Path:
    """Put a newer wheel of each package of every lock into a directory, for `--find-links`."""
    directory.mkdir()
    for name, _ in locked(*LOCKS):
        _write_wheel(directory, name)
    return directory


def _write_wheel(directory: Path, name: str) -> None:
    stem = f"{name.replace('-', '_')}-{NEWER}"
    metadata = [
        "Metadata-Version: 2.1",
        f"Name: {name}",
        f"Version: {NEWER}",
        *(f"Provides-Extra: {extra}" for extra in _extras(name)),
    ]
    files = {
        "METADATA": "\n".join(metadata) + "\n",
        "WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "RECORD": "".join(
            f"{stem}.dist-info/{each},,\n" for each in ("METADATA", "WHEEL", "RECORD")
        ),
    }
    with zipfile.ZipFile(directory / f"{stem}-py3-none-any.whl", "w") as wheel:
        for file, content in files.items():
            wheel.writestr(f"{stem}.dist-info/{file}", content)


def _extras(name: str) -> list[str]:
    """List those of the locked version: this environment has it, but for Go's."""
    try:
        return importlib.metadata.metadata(name).get_all("Provides-Extra") or []
    except importlib.metadata.PackageNotFoundError:
        return []
