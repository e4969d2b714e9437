"""What the log says of an API server that goes away and comes back, as MicroShift's does."""

import re
import time

import pytest

from tests.support.device import NOBODY_LISTENS, Device
from tests.support.waiting import wait_for

AWAY_SECONDS = 120
BACK_SECONDS = 60
"""How long its log is read on, at least."""
AWAY = re.compile("WARNING no answer from the API server: connection refused; retrying")
BACK = re.compile(r"INFO the API server answers again after (\d{3}) s")
DUMP = re.compile(r"Error\(|Error:|\[Connect|ssl:")
"""How Python and aiohttp write what has failed."""


@pytest.mark.timeout(600)
def test_a_restart_of_the_api_server_is_one_line_when_it_goes_and_one_when_it_is_back(
    own_device: Device,
) -> None:
    device = own_device
    device.apply(endpoint=NOBODY_LISTENS)
    with device.operator() as operator:
        device.wait_for("Sampling", "SamplesPending")
        before = operator.log()
        stopped_at = time.monotonic()
        device.control_plane.stop_api_server()
        time.sleep(AWAY_SECONDS)
        device.control_plane.start_api_server()
        time.sleep(BACK_SECONDS)
        wait_for("the line", lambda: BACK.search(operator.log()), 2 * BACK_SECONDS)
        away_seconds = time.monotonic() - stopped_at
        said = operator.log().removeprefix(before).splitlines()

    assert [line for line in said if " ERROR " in line or DUMP.search(line)] == []
    [away, back] = [line for line in said if AWAY.search(line) or BACK.search(line)]
    assert AWAY.search(away)
    told = BACK.search(back)
    assert told
    assert int(told[1]) <= away_seconds
