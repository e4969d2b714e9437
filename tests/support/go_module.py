"""Builds the commands of one pinned Go module, each once, into a cache outside the checkout."""

import fcntl
import hashlib
import platform
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.build_progress import Progress, building_line, duration, fetching_line, reached
from tests.support.go_toolchain import REPOSITORY, GoError, find_go, users_go_environment
from tests.support.process import TAIL_LINES, ManagedProcess

MODULES = REPOSITORY / "tests" / "tools"
STRIPPED = "-s -w"
LOOK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class GoModule:
    """A folder with go.mod and go.sum, and what can be built from it."""

    name: str
    """Its folder in `parent`."""
    packages: Mapping[str, str]
    """Name of the binary → package."""
    tags: str = ""
    ldflags: str = ""
    """The linker's flags beside those that strip the binary."""
    parent: Path = MODULES

    @property
    def directory(self) -> Path:
        return self.parent / self.name

    @property
    def flags(self) -> tuple[str, ...]:
        return (
            "-trimpath",
            f"-tags={self.tags}",
            f"-ldflags={' '.join([STRIPPED, self.ldflags]).strip()}",
        )

    @property
    def key(self) -> str:
        """Changes with everything in the repository that the binaries depend on."""
        content = hashlib.sha256()
        for file in (
            "go.mod",
            "go.sum",
            *sorted(each.name for each in self.directory.glob("*.go")),
        ):
            content.update((self.directory / file).read_bytes())
        facts = (self.flags, sorted(self.packages.items()), platform.machine())
        content.update(repr(facts).encode())
        return f"{self.name}-{content.hexdigest()[:16]}"


def built(module: GoModule, cache: Path, *binaries: str) -> Path:
    """Give the folder that holds the module's binaries; build what it lacks of those named, or all.

    Raises:
        GoError: there is no Go, or the build failed.
    """
    folder = cache / module.key
    wanted = binaries or tuple(module.packages)
    folder.mkdir(parents=True, exist_ok=True)
    if _missing(wanted, folder):
        lock = cache / f"{module.key}.lock"
        with Progress(sys.stderr) as progress, _only_one_builder(lock, module.name, progress):
            if missing := _missing(wanted, folder):
                _build(module, missing, folder, progress)
    return folder


def _missing(binaries: Sequence[str], folder: Path) -> list[str]:
    return [name for name in binaries if not (folder / name).is_file()]


def _build(module: GoModule, binaries: Sequence[str], folder: Path, progress: Progress) -> None:
    """Build beside the final place and rename, so that a broken build leaves nothing behind."""
    go = find_go((module.directory / "go.mod").read_text())
    began = time.monotonic()
    progress.say(f"{module.name}: building {', '.join(binaries)}, this once")
    with tempfile.TemporaryDirectory(prefix=".build-", dir=folder.parent) as scratch:
        build = _Build(go, module, [module.packages[name] for name in binaries], Path(scratch))
        build.run(progress)
        for name in binaries:
            (build.output / name_by_go(module.packages[name])).rename(build.output / name)
            (build.output / name).rename(folder / name)
    progress.say(f"{module.name}: built in {duration(time.monotonic() - began)}")


class _Build:
    """One run of Go: first a list of what there is to do, then the doing."""

    def __init__(self, go: Path, module: GoModule, packages: list[str], scratch: Path) -> None:
        self._go = go
        self._module = module
        self._packages = packages
        self._scratch = scratch
        self._began = time.monotonic()
        self.output = scratch / "bin"

    def run(self, progress: Progress) -> None:
        """Build into `output`.

        Raises:
            GoError: it failed.
        """
        name = self._module.name
        # The list fetches the modules, which is why it is shown, and knows what the cache lacks.
        packages = self._go_does(
            ["list", "-deps", "-f={{if and .Stale (ne .Name `main`)}}{{.ImportPath}}{{end}}"],
            lambda log: progress.show(fetching_line(name, reached(log).fetched, self._seconds)),
        )
        total = reached(packages).compiled
        self._go_does(
            ["build", "-v", f"-o={self.output}/"],
            lambda log: progress.show(
                building_line(name, reached(log).compiled, total, self._seconds)
            ),
        )

    @property
    def _seconds(self) -> float:
        return time.monotonic() - self._began

    def _go_does(
        self, command: Sequence[str], show: Callable[[Sequence[str]], None]
    ) -> Sequence[str]:
        what, *arguments = command
        with ManagedProcess(
            f"go {what} of {self._module.name}",
            [
                *(self._go, what, "-C", self._module.directory),
                *(*arguments, *self._module.flags, *self._packages),
            ],
            self._scratch / f"{what}.log",
            users_go_environment(),
            end_signal=signal.SIGINT,  # at SIGTERM it would leave its scratch directory behind
        ) as process:
            while process.exit_code is None:
                show(process.log().splitlines())
                time.sleep(LOOK_SECONDS)
            lines = process.log().splitlines()
        if process.exit_code != 0:
            tail = "\n".join(lines[-TAIL_LINES:])
            raise GoError(f"{self._module.name}: go {what} ended with {process.exit_code}:\n{tail}")
        return lines


def name_by_go(package: str) -> str:
    """Give the last element of the path that is not a major version: `…/server/v3` → `server`."""
    *_, before, last = package.split("/")
    return before if last.startswith("v") and last[1:].isdigit() else last


@contextmanager
def _only_one_builder(lock_file: Path, name: str, progress: Progress) -> Iterator[None]:
    with lock_file.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress.say(f"{name}: another process builds it; waiting")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
