"""What is recorded, held against what a plain reading of the devices' lives says."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from fleet.mixin import delivery, recordings, starts, versions
from fleet.mixin.config import Config
from microshift_telemetry.sample import metrics
from microshift_telemetry.spec.shaping import DROPPED_SAMPLES
from tests.fleet.scenario import Expectation, Series, check, labelled, on
from tests.support.tools import Tools

Found = dict[tuple[tuple[str, str], ...], float]
"""Values by labels, without the record's name."""

HOURS = 5 * 24
MOMENTS = (1, 20, 24, 60, 80, 96, 119)
"""At first nobody is older than a day; then some are silent; then one is back."""


@dataclass(frozen=True, slots=True)
class Life:
    """A device that samples every hour of its life and reports in some."""

    name: str
    site: str
    cores: int
    versions: Mapping[int, str]
    """By the hour from which it runs them."""
    reports: tuple[int, ...]
    sampled: frozenset[int] = field(default_factory=lambda: frozenset(range(HOURS)))

    def last_report(self, hour: int) -> int | None:
        """Give the hour of the newest report in 26 hours; a window does not hold its start."""
        return max((each for each in self.reports if hour - 26 < each <= hour), default=None)

    def version(self, hour: int) -> str:
        """Give what it ran at an hour."""
        return self.versions[max(each for each in self.versions if each <= hour)]

    def samples(self, hour: int, window: int) -> list[int]:
        """Give the hours of its samples in the window before an hour."""
        return [each for each in sorted(self.sampled) if hour - window < each <= hour]


DAILY = (0, 24, 48, 72, 96)
FLEET = (
    Life("a", "north", 2, {0: "4.18.1"}, DAILY),
    Life("b", "north", 4, {0: "4.17.9", 40: "4.18.1"}, DAILY),
    Life("c", "north", 8, {0: "4.18.1"}, (0, 24, 96), frozenset([*range(25), *range(96, HOURS)])),
    Life("d", "south", 16, {0: "4.9.2"}, (48, 72, 96), frozenset(range(48, HOURS))),
    Life("e", "south", 32, {0: "4.18.1"}, DAILY, frozenset(range(0, HOURS, 24))),
)


def _dynamic(life: Life, hour: int) -> float:
    return life.cores + hour / 10


def _series(life: Life) -> Iterable[Series]:
    labels = {"_id": life.name, "site": life.site}
    machine = {**labels, metrics.ARCH_LABEL: "amd64" if life.cores < 8 else "aarch64"}
    for metric, size in (
        (metrics.CAPACITY_CPU, life.cores),
        (metrics.CAPACITY_MEMORY, life.cores * 10**9),
        (metrics.CAPACITY_DISK, life.cores * 10**10),
    ):
        yield Series(metric.name, machine, on(life.reports, size, HOURS))
    for version in set(life.versions.values()):
        ran = [hour for hour in life.reports if life.version(hour) == version]
        more = {"version": version, "deployment_type": "rpm", "os_version_id": "9.6"}
        yield Series(metrics.MICROSHIFT_VERSION.name, {**labels, **more}, on(ran, 1, HOURS))
    sampled = [_dynamic(life, hour) if hour in life.sampled else None for hour in range(HOURS)]
    for metric in (
        metrics.CPU_USAGE,
        metrics.MEMORY_USAGE,
        metrics.DISK_USAGE,
        metrics.RUNNING_CONTAINERS,
        metrics.ETCD_OBJECTS,
    ):
        yield Series(metric.name, labels, sampled)
    yield Series(metrics.RESOURCE_COUNT.name, {**labels, "resource": "pods"}, sampled)
    if life.name == "a":
        yield Series(DROPPED_SAMPLES, labels, [0.0 if hour < 50 else 9.0 for hour in range(HOURS)])


def _seen(hour: int) -> list[Life]:
    return [life for life in FLEET if life.last_report(hour) is not None]


def _known(hour: int) -> list[Life]:
    return [life for life in FLEET if min(life.reports) <= hour]


def _by_site(lives: Iterable[Life]) -> dict[str, list[Life]]:
    found = defaultdict(list)
    for life in lives:
        found[life.site].append(life)
    return found


def _counts(lives: Callable[[int], list[Life]]) -> Callable[[int], dict[str, float]]:
    """Count devices of every known site, those with none included."""

    def counted(hour: int) -> dict[str, float]:
        some = Counter(life.site for life in lives(hour))
        return {site: float(some[site]) for site in _by_site(_known(hour))}

    return counted


def _silent(hour: int) -> list[Life]:
    return [life for life in _known(hour) if life not in _seen(hour)]


def _new(hour: int) -> list[Life]:
    return [life for life in _seen(hour) if not any(each <= hour - 26 for each in life.reports)]


def _sparse(hour: int) -> list[Life]:
    return [
        life
        for life in FLEET
        if 0 < len(life.samples(hour, 50)) < 6
        and all(life.last_report(hour - day * 26) is not None for day in range(3))
    ]


def _sums(value: Callable[[Life, int], float | None]) -> Callable[[int], dict[str, float]]:
    def summed(hour: int) -> dict[str, float]:
        found: dict[str, float] = defaultdict(float)
        for life in FLEET:
            if (number := value(life, hour)) is not None:
                found[life.site] += number
        return dict(found)

    return summed


def _means(value: Callable[[Life, int], float | None]) -> Callable[[int], dict[str, float]]:
    def averaged(hour: int) -> dict[str, float]:
        total, devices = _sums(value)(hour), _sums(lambda life, at: _one(value(life, at)))(hour)
        return {site: total[site] / devices[site] for site in total}

    return averaged


def _one(value: float | None) -> float | None:
    return None if value is None else 1.0


def _capacity(unit: float) -> Callable[[Life, int], float | None]:
    return lambda life, hour: None if life.last_report(hour) is None else life.cores * unit


def _last(life: Life, hour: int) -> float | None:
    samples = life.samples(hour, 26)
    return _dynamic(life, samples[-1]) if samples else None


def _mean(life: Life, hour: int) -> float | None:
    samples = [_dynamic(life, each) for each in life.samples(hour, 26)]
    return sum(samples) / len(samples) if samples else None


def _received(life: Life, hour: int) -> float | None:
    """Count those of the day that ended when the oldest report of those that are seen came."""
    return float(len(life.samples(hour - 26, 24))) or None


BY_SITE: dict[str, Callable[[int], dict[str, float]]] = {
    recordings.KNOWN: _counts(_known),
    recordings.SEEN: lambda hour: {site: len(some) for site, some in _by_site(_seen(hour)).items()},
    recordings.SILENT: _counts(_silent),
    recordings.NEW: _counts(_new),
    delivery.SPARSE: _counts(_sparse),
    delivery.DROPPING: lambda hour: {"north": float(50 <= hour < 100)},
    recordings.CORES: _sums(_capacity(1)),
    recordings.MEMORY: _sums(_capacity(10**9)),
    recordings.DISK: _sums(_capacity(10**10)),
    recordings.CONTAINERS: _sums(_last),
    recordings.ETCD_OBJECTS: _sums(_last),
    recordings.CPU_USED: _means(_mean),
    recordings.MEMORY_USED: _means(_mean),
    recordings.DISK_USED: _means(_last),
    recordings.SAMPLES: _sums(_received),
}


def _holds(tools: Tools, directory: Path, record: str, truth: Callable[[int], Found]) -> None:
    """Compare a record at every moment."""
    expected = [
        Expectation(
            hour,
            record,
            {
                labelled(__name__=record, **dict(labels)): value
                for labels, value in truth(hour).items()
            },
        )
        for hour in MOMENTS
    ]
    check(tools, directory, [each for life in FLEET for each in _series(life)], expected)


@pytest.mark.parametrize("record", BY_SITE)
def test_a_site_s_record_is_what_its_devices_say(tools: Tools, tmp_path: Path, record: str) -> None:
    def truth(hour: int) -> Found:
        return {(("site", site),): value for site, value in BY_SITE[record](hour).items()}

    _holds(tools, tmp_path, record, truth)


def test_devices_are_counted_by_the_version_they_run(tools: Tools, tmp_path: Path) -> None:
    """Of two versions in one window, the higher one counts; here no device goes back."""

    def truth(hour: int) -> Found:
        ran = [(life.site, life.version(life.last_report(hour) or 0)) for life in _seen(hour)]
        return {
            (
                ("site", site),
                ("version", version),
                ("deployment_type", "rpm"),
                ("os_version_id", "9.6"),
            ): float(count)
            for (site, version), count in Counter(ran).items()
        }

    _holds(tools, tmp_path, versions.RUNNING, truth)


def test_devices_are_counted_by_their_machine(tools: Tools, tmp_path: Path) -> None:
    def truth(hour: int) -> Found:
        kinds = Counter(
            (life.site, "amd64" if life.cores < 8 else "aarch64") for life in _seen(hour)
        )
        return {
            (("site", site), (metrics.ARCH_LABEL, arch)): float(count)
            for (site, arch), count in kinds.items()
        }

    _holds(tools, tmp_path, recordings.MACHINES, truth)


def test_objects_are_added_up_by_kind(tools: Tools, tmp_path: Path) -> None:
    def truth(hour: int) -> Found:
        return {
            (("site", site), ("resource", "pods")): value
            for site, value in _sums(_last)(hour).items()
        }

    _holds(tools, tmp_path, recordings.OBJECTS, truth)


def test_a_report_is_fresh_for_an_hour(tools: Tools, tmp_path: Path) -> None:
    def truth(hour: int) -> Found:
        return {
            (("site", life.site), ("_id", life.name)): 1.0 for life in FLEET if hour in life.reports
        }

    _holds(tools, tmp_path, delivery.FRESH, truth)


def test_every_recording_is_held_to_a_truth() -> None:
    alone = {
        versions.RAN,  # what the next is made from
        versions.VERSION_CODE,  # test_software.py
        versions.RUNNING,
        recordings.MACHINES,
        recordings.OBJECTS,
        delivery.FRESH,
        starts.STARTS,  # test_starts.py
    }
    recorded = [*recordings.of_devices(Config()), *recordings.of_usage(Config())]
    assert {each.record for each in recorded} == alone | set(BY_SITE)
