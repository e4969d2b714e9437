"""The truth of the alerts: exactly the devices with its fault fire."""

from collections.abc import Callable, Iterator, Mapping

from tests.fleet_demo import recorded
from tests.fleet_demo.device import Fault
from tests.fleet_demo.expecting.sight import Sight, named
from tests.fleet_demo.expecting.versions import behind
from tests.fleet_demo.planning import DARK_SITE, LAST
from tests.fleet_demo.truth import Truth
from tests.receivers.store import Labels

Firing = Callable[[Truth], Iterator[Labels]]


def _faulty(fault: Fault, **labels: str) -> Firing:
    def firing(truth: Truth) -> Iterator[Labels]:
        for each in truth.known:
            if each.device.fault is fault:
                yield named(each, **labels)

    return firing


def _dark_sites(truth: Truth) -> Iterator[Labels]:
    assert recorded.known(truth, truth.now_ms)[("site", DARK_SITE),] >= 5
    yield (("site", DARK_SITE),)


def _behind(truth: Truth) -> Iterator[Labels]:
    for each, version, _ in behind(Sight(truth, truth), truth.now_ms):
        yield named(each, version=version)


def _none(_: Truth) -> Iterator[Labels]:
    yield from ()


ALERTS: Mapping[str, Firing] = {
    "MicroshiftDeviceSilent": _faulty(Fault.SILENT),
    "MicroshiftSiteSilent": _dark_sites,
    "MicroshiftDeviceVersionBehind": _behind,
    "MicroshiftDeviceRolledBack": _faulty(Fault.ROLLED_BACK, version=LAST),
    "MicroshiftDeviceStartSlow": _faulty(Fault.STARTS_SLOWLY, duration="30"),
    "MicroshiftDeviceSamplesDropped": _faulty(Fault.DROPPED),
    "MicroshiftDeviceClockAhead": _faulty(Fault.CLOCK_AHEAD),
    "MicroshiftDeviceClockBehind": _faulty(Fault.CLOCK_BEHIND),
    "MicroshiftReceiverRefusesSamples": _none,
    "MicroshiftDeviceDiskFilling": _faulty(Fault.DISK_FILLS),
    "MicroshiftDeviceDiskAlmostFull": _faulty(Fault.DISK_FULL),
    "MicroshiftDeviceMemoryHigh": _faulty(Fault.MEMORY_SHORT),
}
"""Alert → the labels of every series that fires."""
