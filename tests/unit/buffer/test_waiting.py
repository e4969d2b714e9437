"""How long the oldest pass waits, as a pass tells it."""

from microshift_telemetry.buffer.dating import waiting_ms
from microshift_telemetry.buffer.records import PassMade
from tests.unit.buffer.dated_device import Device
from tests.unit.factories import HOUR, MINUTE, a_sample_pass


def test_a_pass_off_the_grid_does_not_wait_since_the_next_one_supersedes_it() -> None:
    device = Device()
    device.look(is_synchronized=True)
    device.ledger.apply(PassMade(a_sample_pass(device.now_ms), is_extra=True))
    device.boot_ms += HOUR

    assert waiting_ms(device.ledger, device.instant()) == 0


def test_a_clock_that_is_set_meanwhile_changes_nothing() -> None:
    device = Device()
    device.make_pass()
    device.boot_ms += HOUR
    device.wrong_ms = 8 * 24 * HOUR

    assert waiting_ms(device.ledger, device.instant()) == HOUR


def test_a_pass_of_an_earlier_boot_has_the_age_that_the_clock_tells() -> None:
    device = Device()
    device.make_pass()
    device.boot_ms += HOUR
    device.reboot(off_ms=HOUR, wrong_ms=0)
    device.look()

    assert waiting_ms(device.ledger, device.instant()) == 2 * HOUR + MINUTE
