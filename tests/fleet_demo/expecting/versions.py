"""Which versions devices run."""

from collections.abc import Iterator

from tests.fleet_demo import recorded
from tests.fleet_demo.device import DAY_MS
from tests.fleet_demo.expecting.sight import Sight, named
from tests.fleet_demo.expecting.starts import WINDOW_MS
from tests.fleet_demo.recorded import Values
from tests.fleet_demo.truth import Known, Truth, as_numbers

BEHIND = 2
"""So many minor versions behind the newest one of the fleet a device is left behind."""


def code(version: str) -> float:
    """Write a version as a number."""
    major, minor, patch = as_numbers(version)
    return float(1_000_000 * major + 1_000 * minor + patch)


def running(each: Known, at_ms: int) -> str | None:
    """Tell the highest version of a device's newest reports; None where it does not report."""
    return each.highest_version(at_ms, each.window_ms) if each.is_seen(at_ms) else None


def rolled_back(truth: Truth, at_ms: int) -> Iterator[tuple[Known, str]]:
    """Give the devices that ran a higher version within a week, with what they run."""
    for each in truth.known:
        version = running(each, at_ms)
        week = each.reports(at_ms, 7 * DAY_MS)
        if version and week and code(each.highest_version(at_ms, 7 * DAY_MS)) > code(version):
            yield each, version
        else:
            yield from _told(each, at_ms)


def _told(each: Known, at_ms: int) -> Iterator[tuple[Known, str]]:
    """Give a device that tells of a roll-back itself, before its versions do."""
    back = [start for start in each.starts(at_ms, WINDOW_MS) if start.command == "rollback"]
    yield from ((each, start.version) for start in back[-1:])


def behind(sight: Sight, at_ms: int) -> Iterator[tuple[Known, str, float]]:
    """Give the devices that are left behind, with what they run and by how much."""
    counts = recorded.running(sight.fleet, at_ms)
    all_of_them = sum(counts.values())
    shares: dict[str, float] = {}
    for labels, count in counts.items():
        name = dict(labels)["version"]
        shares[name] = shares.get(name, 0.0) + count / all_of_them
    newest = max(code(name) // 1000 for name, share in shares.items() if share >= 0.01)
    for each in sight.truth.known:
        version = running(each, at_ms)
        if version and newest - code(version) // 1000 >= BEHIND:
            yield each, version, newest - code(version) // 1000


def rolled_back_table(sight: Sight, at_ms: int) -> Values:
    """Give what the devices run that were rolled back."""
    found = rolled_back(sight.truth, at_ms)
    return {named(each, version=version): code(version) for each, version in found}


def behind_table(sight: Sight, at_ms: int) -> Values:
    """Give by how much devices are left behind."""
    found = behind(sight, at_ms)
    return {named(each, version=version): missing for each, version, missing in found}
