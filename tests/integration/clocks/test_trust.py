"""Whom a device believes that its clock is right where the kernel does not say so."""

from pathlib import Path

import pytest

from tests.integration.clocks.lives import (
    A_MINUTE,
    AN_HOUR,
    SECONDS,
    assert_true,
    assert_whole,
    live,
    reporting,
    wait_until_stored,
)
from tests.support.certificates import Authority
from tests.support.clocks.device_clock import DeviceClock
from tests.support.clocks.receiver import TrueReceiver
from tests.support.device import Device
from tests.support.waiting import wait_for

pytestmark = pytest.mark.timeout(600)


def test_the_receivers_date_vouches_for_a_clock_that_the_kernel_knows_nothing_of(
    device: Device, clock: DeviceClock, receiver: TrueReceiver
) -> None:
    """A hypervisor keeps the clock of many machines right behind the kernel's back."""
    clock.boot()
    with reporting(device, clock, receiver):
        wait_until_stored(receiver, clock.true_time())

    assert receiver.questions
    assert_true(clock, receiver)


def test_where_no_answer_has_a_date_an_hour_passes_first(
    device: Device, clock: DeviceClock, receiver: TrueReceiver
) -> None:
    receiver.tells_date = False
    clock.boot()
    began = clock.true_time()
    with reporting(device, clock, receiver):
        live(clock, 50 * A_MINUTE)
        assert receiver.passes == []
        reads = wait_until_stored(receiver, clock.true_time())

    assert_true(clock, receiver)
    assert_whole(clock, reads, began)


def test_a_clock_that_the_receiver_contradicts_is_told_and_sends_nothing(
    device: Device, clock: DeviceClock, tmp_path: Path
) -> None:
    authority = Authority(tmp_path / "authority")
    device.create_secret("receiver", token="s3cret")
    device.create_config_map("ca", bundle=authority.ca_file.read_text())
    clock.boot(clock.true_time() + 3 * AN_HOUR)
    with TrueReceiver(clock, authority) as receiver, device.operator() as operator:
        device.apply(
            endpoint=receiver.url,
            tlsConfig={"ca": {"configMap": {"name": "ca", "key": "bundle"}}},
            authorization={
                "type": "Bearer",
                "bearer": {"credentials": {"name": "receiver", "key": "token"}},
            },
        )
        wait_for("a question", lambda: receiver.questions, SECONDS)
        live(clock, 20 * A_MINUTE)
        assert device.condition("Ready")["status"] == "False"
        assert "Traceback" not in operator.log()

    assert receiver.passes == []
    for question in receiver.questions:
        assert (question.method, question.target, question.body) == ("GET", "/", b"")
        assert "authorization" not in question.headers
