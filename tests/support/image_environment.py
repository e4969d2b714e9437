"""The variables that the image sets; the operator as a process of its own runs with them too."""

import shlex
from collections.abc import Mapping
from pathlib import Path

from tests.support.go_toolchain import REPOSITORY


def image_environment(containerfile: Path = REPOSITORY / "Containerfile") -> Mapping[str, str]:
    """Read every `ENV` of a Containerfile's last stage; nothing is expanded in the values."""
    last_stage = containerfile.read_text().replace("\\\n", " ").rpartition("\nFROM ")[2]
    pairs = [
        pair
        for line in last_stage.splitlines()
        if line.startswith("ENV ")
        for pair in shlex.split(line.removeprefix("ENV "))
    ]
    return dict(pair.split("=", 1) for pair in pairs)
