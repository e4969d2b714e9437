"""A device for each test, on the session's control plane or on one of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import MakeControlPlane
from tests.support.clocks.device_clock import DeviceClock
from tests.support.control_plane import ControlPlane
from tests.support.device import Device
from tests.support.surroundings import lay_microshift

HERE = Path(__file__).parent
OF_OUR_SERVERS = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
"""The operator is another process here. What Python says of sockets that nobody closed is of a
server of the tests, whose loop may end in the midst of a handshake, and of whichever test is next.
"""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that take minutes: several run side by side, and none should be last."""
    items.sort(key=_is_short)
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(OF_OUR_SERVERS)


def _is_short(item: pytest.Item) -> bool:
    """A test that takes minutes has a time limit of its own."""
    return item.get_closest_marker("timeout") is None


@pytest.fixture
def clock(tmp_path: Path) -> DeviceClock:
    """The device's clocks: right, and known to be, until a test says otherwise."""
    return DeviceClock(tmp_path / "clock")


@pytest.fixture
def device(control_plane: ControlPlane, tmp_path: Path, clock: DeviceClock) -> Iterator[Device]:
    """On the shared control plane; its TelemetryConfigs go with the test."""
    device = Device(control_plane, tmp_path, clock)
    device.clean_up()
    yield device
    device.clean_up()


@pytest.fixture
def own_device(make_control_plane: MakeControlPlane, tmp_path: Path, clock: DeviceClock) -> Device:
    """On a control plane of its own: to restart it, or to count its requests."""
    control_plane = make_control_plane()
    lay_microshift(control_plane)
    return Device(control_plane, tmp_path, clock)
