"""Builds the commands of one pinned Go module, once, into a cache outside the checkout."""

import fcntl
import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tests.support.go_toolchain import REPOSITORY, GoError, find_go
from tests.support.process import TAIL_LINES, ManagedProcess
from tests.support.waiting import POLL_SECONDS

PROGRESS_SECONDS = 15
GO_ENVIRONMENT = {
    "CGO_ENABLED": "0",
    "GOFLAGS": "-mod=readonly",
    "GOTOOLCHAIN": "local",
    "GOWORK": "off",
}


@dataclass(frozen=True, slots=True)
class GoModule:
    """A folder with go.mod and go.sum, and what is built from it."""

    name: str
    """Its folder in `tests/tools`."""
    packages: Mapping[str, str]
    """Name of the binary → package."""
    flags: tuple[str, ...]
    how_long: str
    """What a cold build takes, for the person who waits."""

    @property
    def directory(self) -> Path:
        return REPOSITORY / "tests" / "tools" / self.name

    @property
    def key(self) -> str:
        """Changes with everything that the binaries depend on."""
        content = hashlib.sha256()
        for file in ("go.mod", "go.sum"):
            content.update((self.directory / file).read_bytes())
        content.update(repr((self.flags, sorted(self.packages.items()))).encode())
        return f"{self.name}-{content.hexdigest()[:16]}"

    def only(self, *binaries: str) -> "GoModule":
        """The same module with fewer commands."""
        return replace(self, packages={name: self.packages[name] for name in binaries})


def built(module: GoModule, cache: Path) -> Path:
    """Give the folder that holds the module's binaries, building them first when it is missing.

    Raises:
        GoError: there is no Go, or the build failed.
    """
    finished = cache / module.key
    cache.mkdir(parents=True, exist_ok=True)
    if not finished.is_dir():
        with _only_one_builder(cache / f"{module.key}.lock", module.name):
            if not finished.is_dir():
                _build(module, finished)
    return finished


def _build(module: GoModule, finished: Path) -> None:
    """Build beside the final place and rename, so that a broken build leaves nothing behind."""
    go = find_go((module.directory / "go.mod").read_text())
    _say(f"{module.name}: building {', '.join(module.packages)} with {go}")
    _say(f"{module.name}: the first time this takes {module.how_long}; kept in {finished}")
    with tempfile.TemporaryDirectory(prefix=".build-", dir=finished.parent) as scratch:
        output = Path(scratch) / "bin"
        _run_go_build(go, module, output)
        for binary, package in module.packages.items():
            (output / name_by_go(package)).rename(output / binary)
        output.rename(finished)


def _run_go_build(go: Path, module: GoModule, output: Path) -> None:
    command: list[str | Path] = [
        go,
        "build",
        "-C",
        module.directory,
        "-v",
        *module.flags,
        f"-o={output}/",
    ]
    log_file = output.with_name("build.log")
    with ManagedProcess(
        f"go build of {module.name}",
        [*command, *module.packages.values()],
        log_file,
        {**_environment(), **GO_ENVIRONMENT},
    ) as build:
        _show_progress(module.name, build)
        if build.exit_code != 0:
            tail = "\n".join(build.log().splitlines()[-TAIL_LINES:])
            raise GoError(f"{module.name}: go build ended with {build.exit_code}:\n{tail}")


def _show_progress(name: str, build: ManagedProcess) -> None:
    """`go build -v` writes a line for each module it downloads and each package it compiles."""
    began = shown = time.monotonic()
    while build.exit_code is None:
        time.sleep(POLL_SECONDS)
        if time.monotonic() - shown > PROGRESS_SECONDS:
            shown = time.monotonic()
            lines = build.log().splitlines()
            step = f"step {len(lines)}: {lines[-1]}" if lines else "looking at what is there"
            _say(f"{name}: {shown - began:4.0f} s, {step}")


def _environment() -> Mapping[str, str]:
    return os.environ  # noqa: TID251  # Go has its caches and its proxy from there


def name_by_go(package: str) -> str:
    """Give the last element of the path that is not a major version: `…/server/v3` → `server`."""
    *_, before, last = package.split("/")
    return before if last.startswith("v") and last[1:].isdigit() else last


@contextmanager
def _only_one_builder(lock_file: Path, name: str) -> Iterator[None]:
    with lock_file.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say(f"{name}: another process builds it; waiting")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
