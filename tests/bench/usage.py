"""What a process has used, by the kernel's own books."""

from dataclasses import dataclass
from pathlib import Path

KIB_PER_MIB = 1024
A_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Memory:
    """Of one process, in MiB."""

    rss: float
    anonymous: float
    """What no other process shares and no file holds: this is what a device really loses."""
    proportional: float
    """RSS with shared pages divided by those who share them."""

    def __add__(self, other: "Memory") -> "Memory":
        return Memory(
            self.rss + other.rss,
            self.anonymous + other.anonymous,
            self.proportional + other.proportional,
        )


def memory(pid: int) -> Memory:
    """Read the books of a process' pages (`proc_pid_smaps(5)`)."""
    return parse_memory(Path(f"/proc/{pid}/smaps_rollup").read_text())


def parse_memory(smaps_rollup: str) -> Memory:
    """Read what the kernel says of a process."""
    kib = parse_smaps_rollup(smaps_rollup)
    return Memory(*(kib[name] / KIB_PER_MIB for name in ("Rss", "Anonymous", "Pss")))


def parse_smaps_rollup(text: str) -> dict[str, float]:
    """Read its lines `Name: number kB`."""
    lines = (line.split() for line in text.splitlines()[1:])
    return {words[0].removesuffix(":"): float(words[1]) for words in lines}


def cpu_seconds(pid: int) -> float:
    """Tell how long a process' threads have run, to the nanosecond (`schedstat`)."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


def wake_ups(pid: int) -> int:
    """Count how often a process' threads have waited for something, and then gone on."""
    tasks = Path(f"/proc/{pid}/task").glob("*/status")
    lines = (line for task in tasks for line in task.read_text().splitlines())
    waits = (line for line in lines if line.startswith("voluntary_ctxt_switches"))
    return sum(int(line.split()[1]) for line in waits)
