"""What survives the process: samples and frozen reports, until their object goes or opts out."""

import os
from pathlib import Path

import pytest

from tests.support.clocks.device_clock import DeviceClock
from tests.support.decoder import decode_request
from tests.support.device import Device
from tests.support.fault_receiver import Answer, Fault, FaultReceiver, RecordedRequest, always
from tests.support.journals import journal
from tests.support.waiting import wait_for

MEMORY = "cluster:memory_usage_bytes:sum"

FASTER = 20
"""A minute of the operator takes three seconds."""

Labels = tuple[tuple[str, str], ...]


def journals(device: Device) -> list[Path]:
    return sorted((device.directory / "state").glob("*.journal"))


def samples(requests: list[RecordedRequest]) -> dict[tuple[Labels, int], float]:
    """Give what arrived by series and timestamp; the value must be the same each time."""
    values: dict[tuple[Labels, int], float] = {}
    for request in requests:
        for series in decode_request(request.body):
            for time_ms, value in series.samples:
                assert values.setdefault((series.labels, time_ms), value) == value
    return values


def passes_of_memory(arrived: dict[tuple[Labels, int], float]) -> set[int]:
    """Give the instants of passes by a series that each one has."""
    return {time_ms for (labels, time_ms) in arrived if ("__name__", MEMORY) in labels}


def test_samples_of_an_outage_survive_kill_9(device: Device, clock: DeviceClock) -> None:
    clock.speed = FASTER
    with FaultReceiver(always(Answer(503))) as receiver:
        with device.operator() as operator:
            device.apply(endpoint=receiver.url, sendingInterval="1m")
            wait_for("an hour's outage", lambda: device.status().get("pendingSamples", 0) >= 60, 60)
            waiting = backlog(device)
            operator.kill()
        refused = len(receiver.requests)
        receiver.script = always(Answer(204))
        with device.operator() as operator:
            device.wait_for("Reporting", "ReportDelivered")
            assert "Traceback" not in operator.log()

    tried, arrived = samples(receiver.requests[:refused]), samples(receiver.requests[refused:])
    assert len(waiting) >= 4
    assert waiting <= passes_of_memory(arrived)
    assert all(arrived[key] == value for key, value in tried.items() if key in arrived)


def backlog(device: Device) -> set[int]:
    """Give the passes of the grid that the journal has."""
    ledger = journal(device)
    return {each for each in ledger.backlog.times_ms if each != ledger.extra_ms}


def test_a_request_cut_by_kill_9_says_the_same_again(device: Device, clock: DeviceClock) -> None:
    """A pass of the grid goes again; one off it is superseded, and nobody's loss."""
    clock.speed = FASTER
    with FaultReceiver() as receiver:
        with device.operator() as operator:
            device.apply(endpoint=receiver.url, sendingInterval="1m")
            receiver.wait_for_requests(2, 60)
            taken = len(receiver.requests)
            receiver.script = always(Fault.HANG)
            receiver.wait_for_requests(taken + 1, 60)
            operator.kill()
        receiver.script = always(Answer(204))
        with device.operator():
            wait_for("two more requests", lambda: len(receiver.requests) >= taken + 3 or None, 60)

    cut, arrived = samples([receiver.requests[taken]]), samples(receiver.requests[taken + 1 :])
    assert len(passes_of_memory(cut)) == 1
    dynamic = {key for key in cut if key in arrived or ("__name__", MEMORY) in key[0]}
    assert all(arrived[key] == cut[key] for key in dynamic)


def test_an_opt_out_leaves_nothing_on_the_disk(device: Device) -> None:
    with FaultReceiver(always(Answer(503))) as receiver, device.operator():
        device.apply(endpoint=receiver.url, requested_at="1")
        device.wait_until_handled("1")
        assert len(journals(device)) == 1
        device.apply(endpoint=receiver.url, status="Disabled")
        device.wait_for("Ready", "Disabled")

        assert journals(device) == []


@pytest.mark.parametrize("is_operator_alive", [True, False], ids=["alive", "dead"])
def test_a_deleted_object_leaves_nothing_on_the_disk(
    device: Device,
    is_operator_alive: bool,  # noqa: FBT001  # a column of the table
) -> None:
    with FaultReceiver(always(Answer(503))) as receiver, device.operator() as operator:
        device.apply(endpoint=receiver.url, requested_at="1")
        device.wait_until_handled("1")
        assert len(journals(device)) == 1
        if not is_operator_alive:
            operator.stop()
        device.control_plane.kubectl("delete", "tcfg", "cluster", "--timeout=15s")
        if is_operator_alive:
            wait_for("the journal to go", lambda: journals(device) == [], 10)
    if not is_operator_alive:
        with device.operator():
            wait_for("the journal to go", lambda: journals(device) == [], 10)


def test_directory_and_files_are_closed_to_others(device: Device) -> None:
    with FaultReceiver() as receiver, device.operator():
        device.apply(endpoint=receiver.url, requested_at="1")
        device.wait_until_handled("1")

        assert (device.directory / "state").stat().st_mode & 0o777 == 0o700
        assert {file.stat().st_mode & 0o777 for file in journals(device)} == {0o600}


def test_a_second_process_on_one_state_directory_ends_with_a_clear_line(device: Device) -> None:
    with FaultReceiver() as receiver, device.operator() as first:
        device.apply(endpoint=receiver.url, requested_at="1")
        device.wait_until_handled("1")  # so the directory is the first one's by now
        with device.start_operator() as second:
            assert second.wait(30) == 1
            assert "another process works with it" in second.log()

        assert first.exit_code is None


def test_without_a_disk_the_operator_goes_on_and_says_so(device: Device) -> None:
    nowhere = device.directory / "a-file"
    nowhere.touch()
    with (
        FaultReceiver() as receiver,
        device.operator(TELEMETRY_STATE_DIR=str(nowhere)) as operator,
    ):
        device.apply(endpoint=receiver.url, requested_at="1")
        device.wait_for("Reporting", "ReportDelivered")
        found = device.condition("Sampling")
        assert found["status"] == "True"
        assert f"samples are kept in memory only: {nowhere}" in str(found["message"])
        assert "Traceback" not in operator.log()


def test_a_damaged_journal_is_set_aside_and_the_rest_of_it_used(device: Device) -> None:
    with FaultReceiver(always(Answer(503))) as receiver:
        with device.operator() as operator:
            device.apply(endpoint=receiver.url, sendingInterval="1m", requested_at="1")
            device.wait_until_handled("1")
            device.request_report("2")
            device.wait_until_handled("2")
            operator.kill()
        (journal,) = journals(device)
        data = bytearray(journal.read_bytes())
        data[len(data) // 2] ^= 0xFF
        journal.write_bytes(data)
        receiver.script = always(Answer(204))
        with device.operator() as operator:
            device.wait_for("Reporting", "ReportDelivered")
            assert "Traceback" not in operator.log()
            assert "are unreadable" in operator.log()

    assert [path.suffix for path in sorted(journal.parent.glob("*.damaged"))] == [".damaged"]
    assert os.path.getsize(journal) > 0
