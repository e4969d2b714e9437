#!/usr/bin/env python3
"""Run pip or pip-tools under none of the user's settings but those of where packages come from.

    python requirements/isolated.py pip install --requirement requirements/dev.txt

An index, a mirror, a proxy or a certificate holds, from the environment or a file of pip's. The
rest of them (`PIP_CONSTRAINT`, `PIP_TARGET`, `PYTHONPATH`, ...) could change what an install takes
or where it puts it, and is left out; `pip --isolated` would leave out the index too.
"""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Mapping

Settings = Mapping[str, str]

SOURCES = frozenset(
    {
        *("index-url", "extra-index-url", "no-index", "find-links", "trusted-host"),
        *("proxy", "cert", "client-cert", "keyring-provider", "use-feature", "use-deprecated"),
        *("timeout", "default-timeout", "retries", "resume-retries", "cache-dir", "no-cache-dir"),
    }
)
"""Whatever these say, a file has the lock's hash. `use-...` is for other stores of certificates."""
SECTIONS = ("global", "install", "download")
"""Of pip's files, the later before the earlier."""
CHANGES_INSTALLS = ("PIP_", "PYTHONPATH", "PYTHONHOME")
"""How the variables begin that are left out, or are set anew."""


def isolated(environment: Settings, in_files: Settings) -> dict[str, str]:
    """Leave of an environment, and of what pip's files say, what cannot change an install."""
    by_variable = {
        name.removeprefix("PIP_").lower().replace("_", "-"): value
        for name, value in environment.items()
        if name.startswith("PIP_") and value
    }
    sources = {
        f"PIP_{key.upper().replace('-', '_')}": value
        for key, value in {**in_files, **by_variable}.items()
        if key in SOURCES
    }
    fixed = {"PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    return _without_pip(environment) | sources | fixed


def read_files(environment: Settings) -> Settings:
    """Ask pip for the settings in its files: the machine's, the user's, the one of a variable."""
    asked = _without_pip(environment)
    if file := environment.get("PIP_CONFIG_FILE"):
        asked["PIP_CONFIG_FILE"] = file
    # More than pip needs to answer, since a file may tell it to be quiet.
    command = [sys.executable, "-I", "-m", "pip", "--verbose", "config", "list"]
    listed = subprocess.check_output(command, env=asked, text=True)  # noqa: S603  # pip itself
    found = re.findall(r"^(\w+)\.([\w-]+)=(['\"].*)$", listed, re.MULTILINE)
    return {
        key: str(ast.literal_eval(value))
        for wanted in SECTIONS
        for section, key, value in found
        if section == wanted
    }


def _without_pip(environment: Settings) -> dict[str, str]:
    return {
        name: value for name, value in environment.items() if not name.startswith(CHANGES_INSTALLS)
    }


if __name__ == "__main__":
    settings = isolated(os.environ, read_files(os.environ))  # noqa: TID251  # handed on, not read
    command = [sys.executable, "-I", "-m", *sys.argv[1:]]
    os.execve(sys.executable, command, settings)  # noqa: S606  # a shell has no place here
