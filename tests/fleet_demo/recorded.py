"""What the recording rules should hold at a moment, computed from the devices' lives alone."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache

from tests.fleet_demo.device import DAY_MS, HOUR_MS, MINUTE_MS, Fault
from tests.fleet_demo.life import (
    CONTAINERS,
    CPU,
    DISK,
    DROPPED,
    ETCD,
    MEMORY,
    RESOURCES,
    Key,
    resource,
)
from tests.fleet_demo.recording import EVERY_MS
from tests.fleet_demo.truth import Known, Truth
from tests.receivers.store import Labels

KEPT_MS = 20 * MINUTE_MS
"""So far panels look back for what was recorded."""
Values = Mapping[Labels, float]
Recorded = Callable[[Truth, int], Values]


def newest(record: Recorded, truth: Truth, at_ms: int, kept_ms: int = KEPT_MS) -> Values:
    """Give the newest result of each series that was recorded lately."""
    values: dict[Labels, float] = {}
    evaluated_ms = at_ms // EVERY_MS * EVERY_MS
    while evaluated_ms > at_ms - kept_ms:
        values = {**_once(record, truth, evaluated_ms), **values}
        evaluated_ms -= EVERY_MS
    return values


@cache
def _once(record: Recorded, truth: Truth, at_ms: int) -> Values:
    return record(truth, at_ms)


def added(pairs: Iterable[tuple[Labels, float]]) -> dict[Labels, float]:
    """Add up the values of equal labels."""
    sums: dict[Labels, float] = {}
    for labels, value in pairs:
        sums[labels] = sums.get(labels, 0.0) + value
    return sums


def site(known: Known) -> Labels:
    """Give the label of a device's site."""
    return (("site", known.device.site),)


def by_site(devices: Iterable[Known]) -> dict[Labels, float]:
    """Count devices by site."""
    return added((site(each), 1.0) for each in devices)


def known(truth: Truth, at_ms: int) -> Values:
    """Count the devices that reported before they are forgotten."""
    return by_site(each for each in truth.known if each.is_known(at_ms))


def seen(truth: Truth, at_ms: int) -> Values:
    """Count the devices that reported within their interval and two hours."""
    return by_site(truth.seen(at_ms))


def _with_zeros(devices: Iterable[Known], truth: Truth, at_ms: int) -> Values:
    zeros = dict.fromkeys(newest(known, truth, at_ms), 0.0)
    return {**zeros, **by_site(devices)}


def silent(truth: Truth, at_ms: int) -> Values:
    """Count the devices that are known and not seen."""
    return _with_zeros(truth.silent(at_ms), truth, at_ms)


def new(truth: Truth, at_ms: int) -> Values:
    """Count the devices that are seen and were not in the 30 days before."""
    return _with_zeros(truth.new(at_ms), truth, at_ms)


def running(truth: Truth, at_ms: int) -> Values:
    """Count devices by what they run."""
    pairs: list[tuple[Labels, float]] = []
    for each in truth.seen(at_ms):
        version = each.highest_version(at_ms, each.window_ms)
        hardware = each.device.hardware
        labels = {
            "deployment_type": hardware.deployment_type,
            "os_version_id": hardware.os_version_id,
            "site": each.device.site,
            "version": version,
        }
        pairs.append((tuple(sorted(labels.items())), 1.0))
    return added(pairs)


def machines(truth: Truth, at_ms: int) -> Values:
    """Count devices by what they are."""
    pairs: list[tuple[Labels, float]] = []
    for each in truth.seen(at_ms):
        labels = {
            "label_kubernetes_io_arch": each.device.hardware.arch,
            "label_node_openshift_io_os_id": "rhel",
            "label_beta_kubernetes_io_instance_type": "rhde",
            "site": each.device.site,
        }
        pairs.append((tuple(sorted(labels.items())), 1.0))
    return added(pairs)


def starts(truth: Truth, at_ms: int) -> Values:
    """Add up the starts of a day that are told."""
    return added(
        ((("command", start.command), ("result", start.result), *site(each)), 1.0)
        for each in truth.known
        for start in each.starts(at_ms, DAY_MS)
    )


def sparse(truth: Truth, at_ms: int) -> Values:
    """Count the devices of which few samples arrived."""
    return _with_zeros((each for each in truth.known if is_sparse(each, at_ms)), truth, at_ms)


def is_sparse(each: Known, at_ms: int) -> bool:
    """Tell whether the receiver keeps few samples of a device that reports every day."""
    return each.device.fault is Fault.SPARSE and reported_daily(each, at_ms)


def reported_daily(each: Known, at_ms: int) -> bool:
    """Tell whether a device reported in each of three days of 26 hours."""
    ends = (at_ms - day * 26 * HOUR_MS for day in range(3))
    return all(each.report(end_ms, 26 * HOUR_MS) is not None for end_ms in ends)


def dropping(truth: Truth, at_ms: int) -> Values:
    """Count the devices that dropped samples lately, where any tells how many it drops."""
    tell = by_site(
        each for each in truth.known if each.last(DROPPED, at_ms, each.window_ms) is not None
    )
    return dict.fromkeys(tell, 0.0) | by_site(each for each in truth.known if dropped(each, at_ms))


def dropped(each: Known, at_ms: int) -> float:
    """Tell how many samples a device dropped from the first to the last pass of 50 hours."""
    counts = [count for _, count in each.window(DROPPED, at_ms, 50 * HOUR_MS)]
    return counts[-1] - min(counts) if counts else 0.0


def capacity(of: Callable[[Known], float]) -> Recorded:
    """Add up what the devices have that are seen."""

    def record(truth: Truth, at_ms: int) -> Values:
        return added((site(each), of(each)) for each in truth.seen(at_ms))

    return record


cores = capacity(lambda each: each.device.hardware.cores)
memory = capacity(lambda each: each.device.hardware.memory_bytes)
disk = capacity(lambda each: each.device.hardware.disk_bytes)


def count_of(key: Key) -> Recorded:
    """Add up the newest counts of devices."""

    def record(truth: Truth, at_ms: int) -> Values:
        return added(
            (site(each), value)
            for each in truth.known
            if (value := each.last(key, at_ms, each.window_ms)) is not None
        )

    return record


containers, etcd_objects = count_of(CONTAINERS), count_of(ETCD)


def objects(truth: Truth, at_ms: int) -> Values:
    """Add up the newest counts of devices by resource."""
    return {
        (("resource", name), *labels): value
        for name in RESOURCES
        for labels, value in _OBJECTS[name](truth, at_ms).items()
    }


_OBJECTS = {name: count_of(resource(name)) for name in RESOURCES}


def mean_by_site(of: Callable[[Known, int], float | None]) -> Recorded:
    """Average a value over the devices of a site that have one."""

    def record(truth: Truth, at_ms: int) -> Values:
        values = [(site(each), of(each, at_ms)) for each in truth.known]
        there = [(labels, value) for labels, value in values if value is not None]
        counts = added((labels, 1.0) for labels, _ in there)
        return {labels: value / counts[labels] for labels, value in added(there).items()}

    return record


def mean(key: Key) -> Callable[[Known, int], float | None]:
    """Average a series over a device's interval."""

    def of(each: Known, at_ms: int) -> float | None:
        values = [value for _, value in each.window(key, at_ms, each.window_ms)]
        return sum(values) / len(values) if values else None

    return of


cpu_used = mean_by_site(mean(CPU))
memory_used = mean_by_site(mean(MEMORY))
disk_used = mean_by_site(lambda each, at_ms: each.last(DISK, at_ms, each.window_ms))


def samples(truth: Truth, at_ms: int) -> Values:
    """Count the samples of one series of the newest day of which all should have arrived."""
    return added(_samples(truth, at_ms))


def _samples(truth: Truth, at_ms: int) -> Iterator[tuple[Labels, float]]:
    for each in truth.known:
        count = samples_of_a_day(each, at_ms)
        if count:
            yield site(each), count


def samples_of_a_day(each: Known, at_ms: int) -> float:
    """Count those of a device: a report may be as late as its interval and two hours."""
    return float(len(each.window(MEMORY, at_ms - each.window_ms, DAY_MS)))
