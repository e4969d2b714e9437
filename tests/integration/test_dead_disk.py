"""A disk that never answers: what the operator does and says goes on without it.

A FIFO stands for it: whoever opens one hangs in the kernel, as in a read of a dead disk.
"""

import os
import time
from pathlib import Path

from microshift_telemetry.sources.images import IMAGES_FILE
from tests.support.decoder import decode_request
from tests.support.device import Device
from tests.support.fault_receiver import Fault, FaultReceiver, always
from tests.support.waiting import wait_for

ANSWER_SECONDS = 5.0
"""How long the operator waits for its disk."""
SOON_SECONDS = 15.0
"""That wait, and what a busy machine takes; the next pass comes later."""


def die(state: Path) -> Path:
    """Let every access to the journals hang from now on; give the file to `revive` it by."""
    lock = state / "lock"
    lock.unlink(missing_ok=True)
    os.mkfifo(lock)
    return lock


def revive(lock: Path) -> None:
    """Let what hangs go on, and be good from then on."""
    file = os.open(lock, os.O_RDWR | os.O_NONBLOCK)
    lock.unlink()
    os.close(file)


def test_a_fifo_in_the_place_of_the_list_of_images_costs_their_count_alone(device: Device) -> None:
    images = device.host_root / IMAGES_FILE
    images.unlink()
    os.mkfifo(images)
    with FaultReceiver() as receiver, device.operator() as operator:
        device.apply(endpoint=receiver.url, requested_at="1")

        device.wait_for("Sampling", "PartialFailure", words=f"/{IMAGES_FILE}: not a regular file")
        device.wait_for("Reporting", "ReportDelivered")
        assert operator.health() == 200


def test_a_disk_that_is_dead_from_the_start_keeps_nothing_from_being_sent(device: Device) -> None:
    (device.directory / "state").mkdir(exist_ok=True)
    die(device.directory / "state")
    with FaultReceiver() as receiver, device.operator() as operator:
        device.apply(endpoint=receiver.url, requested_at="1")

        device.wait_for("Reporting", "ReportDelivered")
        said = f"samples are kept in memory only: {device.directory}/state: no answer within 5 s"
        device.wait_for("Sampling", words=said)
        assert operator.health() == 200
        assert operator.stop() < 10
        assert operator.exit_code == 0


def test_an_opt_out_waits_for_no_disk_and_nothing_of_before_is_left_when_it_answers(
    device: Device,
) -> None:
    state = device.directory / "state"
    with FaultReceiver(always(Fault.HANG)) as receiver, device.operator() as operator:
        device.apply(endpoint=receiver.url, requested_at="1")
        (request,) = receiver.wait_for_requests(1, 20)
        lock = die(state)
        disabled_at = time.monotonic()
        device.control_plane.kubectl(
            *("patch", "tcfg", "cluster", "--type=merge", "--patch"),
            '{"spec":{"status":"Disabled"}}',
        )
        cut_at = wait_for("the POST to be cut", lambda: request.cut_at, SOON_SECONDS)
        device.wait_for("Ready", "Disabled", seconds=SOON_SECONDS)
        said = device.wait_for("Sampling", words="the samples on the disk are not deleted yet")
        health = operator.health()
        kept = sorted(path.suffix for path in state.iterdir())
        revive(lock)

        assert cut_at - disabled_at < ANSWER_SECONDS
        assert health == 200
        assert "no answer within 5 s" in str(said["message"])
        assert ".journal" in kept
        device.wait_for("Sampling", words="spec.status is Disabled: no samples are taken")
        wait_for("the journal to go", lambda: not list(state.glob("*.journal")), 60)
        wait_for(
            "the note to go",
            lambda: "not deleted" not in str(device.condition("Sampling")["message"]),
            60,
        )


def test_what_a_dead_disk_still_has_is_not_sent_by_the_process_after_the_next(
    device: Device,
) -> None:
    state = device.directory / "state"
    with FaultReceiver(always(Fault.HANG)) as receiver, device.operator() as operator:
        device.apply(endpoint=receiver.url, requested_at="1")
        receiver.wait_for_requests(1, 20)
        device.apply(endpoint=receiver.url, requested_at="2")
        before = time.time_ns() // 1_000_000
        lock = die(state)
        device.apply(endpoint=receiver.url, status="Disabled")
        device.wait_for("Ready", "Disabled", seconds=SOON_SECONDS)
        device.apply(endpoint=receiver.url, status="Enabled")
        device.wait_for("Sampling", "SamplesPending")
        operator.kill()
        lock.unlink()
        kept = list(state.glob("*.journal"))
    with FaultReceiver() as receiver, device.operator():
        device.apply(endpoint=receiver.url, requested_at="3")
        status = device.wait_until_handled("3")

        assert kept
        assert status["lastOptOutGeneration"] > 1
        device.wait_for("Reporting", "ReportDelivered")
        sent = [
            time_ms
            for request in receiver.requests
            for series in decode_request(request.body)
            for time_ms, _ in series.samples
        ]
        assert sent
        assert min(sent) > before
