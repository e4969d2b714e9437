import pytest

from tests.demo.machine import BOOT, Moment, busy_share, moment_at, parse_meminfo, parse_stat

STAT = """\
cpu  1000 20 300 9000 50 6 4 700 11 3
cpu0 500 10 150 4500 25 3 2 350 6 2
cpu1 500 10 150 4500 25 3 2 350 5 1
intr 123456 0 0
btime 1790000000
"""
MOMENTS = (
    Moment(1000.0, 5.0, 20.0, 20.0),
    Moment(2000.0, 6.0, 22.0, 30.0),
    Moment(4000.0, 9.0, 26.0, 30.0),
)


def test_busy_is_neither_idle_nor_waiting_nor_stolen_and_guests_count_once() -> None:
    counters = parse_stat(STAT)

    assert counters.busy_seconds == pytest.approx(13.30)
    assert counters.cores == 2
    assert counters.total_seconds == pytest.approx(110.80)


def test_memory_in_use_is_what_is_not_available() -> None:
    assert parse_meminfo(
        "MemTotal:   8000 kB\nMemFree:  10 kB\nMemAvailable:   6000 kB\nHugePages_Total:  0\n"
    ) == pytest.approx(25.0)


def test_an_instant_between_two_moments_is_interpolated() -> None:
    assert moment_at(MOMENTS, 3000.0) == Moment(3000.0, 7.5, 24.0, 30.0)


@pytest.mark.parametrize("recorded", MOMENTS)
def test_a_recorded_instant_is_given_as_it_was(recorded: Moment) -> None:
    assert moment_at(MOMENTS, recorded.time_ms) == recorded


@pytest.mark.parametrize("time_ms", [999.0, 4001.0])
def test_an_instant_outside_of_the_record_is_refused(time_ms: float) -> None:
    with pytest.raises(ValueError, match="nothing was recorded"):
        moment_at(MOMENTS, time_ms)


def test_the_busy_share_is_that_of_the_time_between_two_instants() -> None:
    share = busy_share(moment_at(MOMENTS, 1500.0), moment_at(MOMENTS, 3000.0))

    assert share == pytest.approx((7.5 - 5.5) / (24.0 - 21.0))


def test_the_busy_share_since_boot_counts_from_nothing() -> None:
    assert busy_share(BOOT, MOMENTS[0]) == pytest.approx(5.0 / 20.0)
