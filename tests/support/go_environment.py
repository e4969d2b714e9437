"""The environment of a Go build: the same binaries, whatever the user has set for their own work.

Go reads some forty variables, and a file that `go env -w` writes. Those that say where modules come
from and where they are kept are the user's, as are the limits of the process; they can't change
what is built, since go.sum pins it. All others are left out: flags, tags, toolchain, workspace,
target, experiments, cgo, and what concerns private modules and the checksum database.
"""

import re
from collections.abc import Mapping
from pathlib import Path

OURS = {
    "CGO_ENABLED": "0",
    "GOENV": "off",
    "GOFLAGS": "-mod=readonly -buildvcs=false",
    "GOTOOLCHAIN": "local",
    "GOWORK": "off",
}
THE_USERS = {
    *("GOPROXY", "GOAUTH", "GOPATH", "GOMODCACHE", "GOCACHE", "GOCACHEPROG", "GOTMPDIR"),
    *("GOGC", "GOMAXPROCS", "GOMEMLIMIT"),
}
_READ_BY_GO = re.compile(r"GO[A-Z0-9]+|GO_[A-Z_]+|CGO_[A-Z_]+|GCCGO[A-Z]*")


def go_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Take the user's environment, and what `go env -w` has written, as far as it is theirs."""
    return {
        **{name: value for name, value in _written(environment).items() if name in THE_USERS},
        **{name: value for name, value in environment.items() if value and _is_kept(name)},
        **OURS,
    }


def _is_kept(name: str) -> bool:
    return name in THE_USERS or _READ_BY_GO.fullmatch(name) is None


def _written(environment: Mapping[str, str]) -> Mapping[str, str]:
    """Read the file of `go env -w`; Go ignores, as this does, what is no `NAME=value`."""
    file = _file_of_go_env(environment)
    if file is None or not file.is_file():
        return {}
    lines = file.read_text(errors="replace").splitlines()
    pairs = (line.partition("=") for line in lines if "=" in line)
    return {name: value for name, _, value in pairs}


def _file_of_go_env(environment: Mapping[str, str]) -> Path | None:
    if named := environment.get("GOENV"):
        return None if named == "off" else Path(named)
    if configuration := environment.get("XDG_CONFIG_HOME"):
        return Path(configuration, "go", "env")
    home = environment.get("HOME")
    return Path(home, ".config", "go", "env") if home else None
