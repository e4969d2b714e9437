"""The truth of the dashboard of one device."""

from collections.abc import Callable

from tests.fleet_demo.device import DAY_MS, HOUR_MS, external_labels
from tests.fleet_demo.expecting.sight import Expected, Panels, Sight, named
from tests.fleet_demo.expecting.starts import by_all, by_command
from tests.fleet_demo.expecting.versions import code, running
from tests.fleet_demo.life import CONTAINERS, CPU, DISK, ETCD, MEMORY, RESOURCES, Key, resource
from tests.fleet_demo.recorded import Values
from tests.fleet_demo.truth import Known
from tests.receivers.store import Labels

FRESH_MS = 2 * HOUR_MS
"""So far graphs look back: samples are an hour apart."""


def _one(of: Callable[[Known, int], Values]) -> Expected:
    """Look at the one device in sight."""

    def expected(sight: Sight, at_ms: int) -> Values:
        [each] = sight.truth.known
        return of(each, at_ms)

    return expected


def _while_seen(value: Callable[[Known], float]) -> Expected:
    return _one(lambda each, at_ms: {(): float(value(each))} if each.is_seen(at_ms) else {})


def _newest(each: Known, at_ms: int) -> Values:
    reports = each.reports(at_ms, 7 * DAY_MS)
    return {(): (at_ms - reports[-1][0]) / 1000} if reports else {}


def _version(each: Known, at_ms: int) -> Values:
    version, hardware = running(each, at_ms), each.device.hardware
    if version is None:
        return {}
    labels = {
        "_id": each.device.id,
        "deployment_type": hardware.deployment_type,
        "os_version_id": hardware.os_version_id,
        "version": version,
        **dict(external_labels(each.device)),
    }
    return {tuple(sorted(labels.items())): code(version)}


def _machine(each: Known, at_ms: int) -> Values:
    hardware = each.device.hardware
    labels = {
        "_id": each.device.id,
        "label_kubernetes_io_arch": hardware.arch,
        "label_node_openshift_io_os_id": "rhel",
        "label_beta_kubernetes_io_instance_type": "rhde",
        **dict(external_labels(each.device)),
    }
    return {tuple(sorted(labels.items())): hardware.cores} if each.is_seen(at_ms) else {}


def _usage(key: Key) -> Expected:
    return _of(key, named)


def _of(key: Key, labels: Callable[[Known], Labels] = lambda _: ()) -> Expected:
    def of(each: Known, at_ms: int) -> Values:
        value = each.last(key, at_ms, FRESH_MS)
        return {} if value is None else {labels(each): value}

    return _one(of)


def _objects(each: Known, at_ms: int) -> Values:
    values = {name: each.last(resource(name), at_ms, FRESH_MS) for name in RESOURCES}
    return {(("resource", name),): value for name, value in values.items() if value is not None}


def _samples(each: Known, at_ms: int) -> Values:
    count = len(each.window(MEMORY, at_ms, DAY_MS))
    return {(): float(count)} if count else {}


def _reports(each: Known, at_ms: int) -> Values:
    count = len(each.reports(at_ms, DAY_MS))
    return {(): float(count)} if count else {}


def _versions(each: Known, at_ms: int) -> Values:
    versions = {report.version for _, report in each.reports(at_ms, each.window_ms)}
    return {(("version", version),): code(version) for version in versions}


PANELS: Panels = {
    "Newest sample": {"A": _one(_newest)},
    "MicroShift version": {"A": _one(_version)},
    "Deployment type": {"A": _one(_version)},
    "Operating system": {"A": _one(_machine)},
    "OS version": {"A": _one(_version)},
    "Architecture": {"A": _one(_machine)},
    "CPU cores": {"A": _while_seen(lambda each: each.device.hardware.cores)},
    "Memory": {"A": _while_seen(lambda each: each.device.hardware.memory_bytes)},
    "Disk": {"A": _while_seen(lambda each: each.device.hardware.disk_bytes)},
    "CPU usage": {"A": _usage(CPU)},
    "Memory usage": {"A": _usage(MEMORY)},
    "Disk usage": {"A": _usage(DISK)},
    "Pods and containers": {"A": _of(resource("pods")), "B": _of(CONTAINERS)},
    "Objects by kind": {"A": _one(_objects)},
    "Objects in etcd": {"A": _of(ETCD)},
    "Samples per day": {"A": _one(_samples)},
    "Reports per day": {"A": _one(_reports)},
    "Version over time": {"A": _one(_versions)},
    "Starts per day": {"A": _one(by_command)},
    "Starts": {"A": _one(by_all)},
}
