"""A machine that can be switched on, and off without a warning, on the machine that runs the tests.

A boot is one process in new namespaces for mounts and processes. When it dies, the kernel takes
every other process and every mount of the boot with it. Only cgroups stay; they are removed at the
end of a boot, and at the beginning of the next one if that end never came.
"""

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from tests.node import first_process
from tests.support.process import ManagedProcess
from tests.support.waiting import wait_for

CGROUP = "microshift-telemetry-node"
CGROUPS = Path("/sys/fs/cgroup")
BOOT_SECONDS = 20


class Machine:
    """Switched on and off any number of times; what is on its disk stays."""

    def __init__(self, directory: Path) -> None:
        """Keep the disk and the logs below `directory`."""
        self.disk = directory / "disk"
        self.disk.mkdir(parents=True)
        self._log = directory / "machine.log"
        self._boot: ManagedProcess | None = None

    def switch_on(self) -> None:
        """Boot, with nothing running but process 1.

        Raises:
            ProcessError: the kernel refuses the namespaces or mounts.
        """
        remove_cgroups()
        make_cgroups()
        boot_id = str(uuid.uuid4())
        first = [sys.executable, "-IS", first_process.__file__, str(self.disk), boot_id]
        namespaces = ["--mount", "--pid", "--fork", "--mount-proc", "--kill-child=SIGKILL"]
        self._boot = ManagedProcess("machine", ["unshare", *namespaces, "--", *first], self._log)
        self._boot.wait_until((self.disk / f"booted-{boot_id}").exists, BOOT_SECONDS)

    def switch_off(self) -> None:
        """Cut the power."""
        if self._boot is not None:
            self._boot.kill()
            self._boot = None
        wait_for("the end of all processes", remove_cgroups, BOOT_SECONDS)

    def start(self, name: str, command: Sequence[str | Path], log_file: Path) -> ManagedProcess:
        """Start a process that lives on the machine."""
        return ManagedProcess(name, [*self._enter(), *command], log_file)

    def run(self, *command: str | Path) -> str:
        """Run a command on the machine and give what it wrote.

        Raises:
            subprocess.CalledProcessError: it ended with an error.
        """
        done = subprocess.run(
            [*self._enter(), *command], stdout=subprocess.PIPE, text=True, check=True
        )
        return done.stdout

    def _enter(self) -> Sequence[str]:
        assert self._boot is not None, "the machine is off"
        unshare = self._boot.pid
        [first] = Path(f"/proc/{unshare}/task/{unshare}/children").read_text().split()
        return ["nsenter", f"--target={first}", "--mount", "--pid", "--"]


def hierarchies() -> Sequence[Path]:
    """Where cgroups are made: one place on cgroup v2, one for each controller on v1."""
    if (CGROUPS / "cgroup.controllers").exists():
        return [CGROUPS]
    return [path for path in CGROUPS.iterdir() if (path / "cgroup.procs").exists()]


def memory_cgroup() -> Path:
    """Give the cgroup that accounts for the memory of all pods."""
    v1 = CGROUPS / "memory"
    return (v1 if v1.exists() else CGROUPS) / CGROUP


def make_cgroups() -> None:
    """Make the one cgroup below which the kubelet puts all pods."""
    for hierarchy in hierarchies():
        (hierarchy / CGROUP).mkdir(exist_ok=True)


def remove_cgroups() -> bool:
    """Remove it with all that is below, and tell whether that succeeded."""
    roots = [hierarchy / CGROUP for hierarchy in hierarchies()]
    for root in roots:
        for cgroup in _lowest_first(root):
            with suppress(OSError):  # still in use, or gone by itself
                cgroup.rmdir()
    return not any(root.exists() for root in roots)


def container_cgroup(container_id: str) -> Path:
    """Find the memory cgroup of a container, by its id without `containerd://`."""
    [found] = [path for path in _lowest_first(memory_cgroup()) if path.name == container_id]
    return found


def processes(words: str) -> Iterator[int]:
    """Find the processes of pods whose command line has these words, by their ids out here."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended meanwhile, the others have not
            is_of_a_pod = CGROUP in (process / "cgroup").read_text()
            if is_of_a_pod and words.encode() in (process / "cmdline").read_bytes():
                yield int(process.name)


def _lowest_first(root: Path) -> Iterator[Path]:
    """List a cgroup and all below it; unlike `rglob`, `walk` bears that one goes meanwhile."""
    return (Path(directory) for directory, _, _ in os.walk(root, topdown=False))
