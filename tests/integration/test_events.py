"""What has happened to a TelemetryConfig, as `kubectl describe` tells it."""

import re
import time
from collections.abc import Iterator

import pytest

from tests.support.clocks.device_clock import DeviceClock
from tests.support.device import NOBODY_LISTENS, Device
from tests.support.fault_receiver import ACCEPT_ALL, Answer, FaultReceiver, always
from tests.support.rbac_rules import RULES, without
from tests.support.waiting import wait_for

SECONDS = 30
ROW = re.compile(r"^  (Normal|Warning) +(\w+) +(\S.*?)  +(\S+)  +(.*)$", flags=re.MULTILINE)
"""Type, reason, age, from, message."""
OF_SAMPLING = {"PartialFailure", "SamplesCollected"}
"""When the API server has counted its objects is its own business."""
TWO_PASSES = 24
LOG_LINE = "cannot write events"

Row = tuple[str, str, str, str, str]


@pytest.fixture(autouse=True)
def _without_events_of_others(device: Device) -> Iterator[None]:
    yield
    device.control_plane.kubectl("delete", "events", "--all", "--namespace=default")


def described(device: Device) -> list[Row]:
    """Read the events off `kubectl describe`, as an admin does, but for those of Sampling."""
    shown = device.control_plane.kubectl("describe", "tcfg", "cluster")
    rows: list[Row] = ROW.findall(shown.partition("\nEvents:")[2])
    return [row for row in rows if row[1] not in OF_SAMPLING]


def wait_for_story(device: Device, *reasons: str) -> list[Row]:
    """Wait until the events have these reasons in this order, and give them.

    Events of one second are in the order of their first occurrence; the next one comes later.
    """

    def found() -> list[Row] | None:
        seen.append(described(device))
        return seen[-1] if [row[1] for row in seen[-1]] == [*reasons] else None

    seen: list[list[Row]] = []
    try:
        story = wait_for("the story", found, SECONDS)
    except TimeoutError as error:
        raise TimeoutError(f"{error}; it is {seen[-1]}") from None
    time.sleep(1.1)
    return story


def report(device: Device, value: str, reason: str) -> None:
    device.request_report(value)
    device.wait_until_handled(value)
    device.wait_for("Reporting", reason)


def times(row: Row) -> int:
    """Tell how often an event has happened: `3s (x2 over 9s)`."""
    found = re.search(r"\(x(\d+) over ", row[2])
    return int(found[1]) if found else 1


def test_the_events_tell_the_story_of_an_outage_in_order(device: Device) -> None:
    with FaultReceiver() as receiver, device.operator():
        device.apply(endpoint=receiver.url, requested_at="before")
        [first] = wait_for_story(device, "ReportDelivered")
        delivered_at = device.status()["lastReportTime"]
        receiver.script = always(Answer(503, b"the database is being moved"))
        report(device, "during", "Retrying")
        _, trouble = wait_for_story(device, "ReportDelivered", "Retrying")
        receiver.script = ACCEPT_ALL
        report(device, "after", "ReportDelivered")
        _, last = wait_for_story(device, "Retrying", "ReportDelivered")

    assert first[0] == last[0] == "Normal"
    assert first[4].startswith("accepted by the receiver; first delivery ever: ")
    assert trouble[0] == "Warning"
    assert "503" in trouble[4]
    assert "the database is being moved" in trouble[4]
    assert last[4].startswith(f"accepted by the receiver; first delivery since {delivered_at}: ")
    assert {row[3] for row in (first, trouble, last)} == {"microshift-telemetry"}


def test_an_event_that_happens_again_is_counted_and_not_repeated(device: Device) -> None:
    with FaultReceiver() as receiver, device.operator():
        device.apply(endpoint=receiver.url, requested_at="0")
        wait_for_story(device, "ReportDelivered")
        for number in range(1, 4):
            receiver.script = always(Answer(503))
            report(device, f"{number} fails", "Retrying")
            wait_for_story(device, "ReportDelivered", "Retrying")
            receiver.script = ACCEPT_ALL
            report(device, f"{number} arrives", "ReportDelivered")
            story = wait_for_story(device, "Retrying", "ReportDelivered")

    assert [times(row) for row in story] == [3, 4]


def test_a_restart_is_no_news(device: Device) -> None:
    with FaultReceiver(always(Answer(503))) as receiver:
        device.apply(endpoint=receiver.url, requested_at="1")
        with device.operator():
            [before] = wait_for_story(device, "Retrying")
        with device.operator():
            report(device, "2", "Retrying")
            time.sleep(1)
            [after] = described(device)

    assert times(before) == times(after) == 1
    assert before[4] == after[4]


def test_samples_that_are_dropped_and_a_new_destination_are_told(
    device: Device, clock: DeviceClock
) -> None:
    clock.speed = 20
    with FaultReceiver() as receiver, device.operator():
        device.apply(endpoint=NOBODY_LISTENS, sendingInterval="2m", samplingInterval="1m")
        wait_for("passes", lambda: device.status().get("pendingSamples", 0) > TWO_PASSES, SECONDS)
        device.apply(endpoint=receiver.url, sendingInterval="2m", samplingInterval="1m")
        _, moved, _, dropped, _ = wait_for_story(
            device,
            *("EndpointUnreachable", "DestinationChanged", "ReportPending"),
            *("SamplesDropped", "ReportDelivered"),
        )
        status = device.status()

    assert moved[4] == (
        f"reports now go to {receiver.url} (authorization None); before, they went to "
        f"{NOBODY_LISTENS} (authorization None)"
    )
    loss = status["lastLoss"]
    assert dropped[0] == "Warning"
    assert dropped[4] == (
        f"{status['droppedSamples']} samples dropped, measured from {loss['from']} to "
        f"{loss['to']}: they were collected for a different server than that of spec.endpoint"
    )


def test_an_opt_out_is_one_event_that_says_what_is_not_sent(device: Device) -> None:
    with device.operator():
        device.apply(endpoint=NOBODY_LISTENS, requested_at="1")
        wait_for_story(device, "EndpointUnreachable")
        pending = device.status()["pendingSamples"]
        device.apply(endpoint=NOBODY_LISTENS, status="Disabled")
        _, opted_out = wait_for_story(device, "EndpointUnreachable", "Disabled")
        listed = device.control_plane.kubectl("events", "--for=tcfg/cluster")

    assert pending > 0
    assert opted_out[0] == "Normal"
    assert opted_out[4] == (
        f"spec.status is Disabled: no samples are taken and no reports are sent; {pending} "
        "pending samples are never sent"
    )
    assert opted_out[4] in listed


def test_without_the_permission_reports_go_on_and_the_log_has_one_line(device: Device) -> None:
    control_plane = device.control_plane
    with FaultReceiver() as receiver, device.operator() as operator:
        with without(RULES["default/events"], control_plane):
            device.apply(endpoint=receiver.url, requested_at="1")
            device.wait_for("Reporting", "ReportDelivered")
            receiver.script = always(Answer(503))
            report(device, "2", "Retrying")
            wait_for("the line", lambda: LOG_LINE in operator.log(), SECONDS)
            receiver.script = ACCEPT_ALL
            report(device, "3", "ReportDelivered")

            assert described(device) == []
            [line] = [line for line in operator.log().splitlines() if LOG_LINE in line]
        device.apply(endpoint=receiver.url, status="Disabled")
        wait_for_story(device, "Disabled")

    assert "/api/v1/namespaces/default/events/cluster." in line
    assert "403" in line
    assert operator.log().count(LOG_LINE) == 1
