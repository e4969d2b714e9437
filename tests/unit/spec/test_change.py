from datetime import timedelta

import pytest

from microshift_telemetry.spec.change import settling_time, usable_at_once
from tests.unit.factories import an_effective


@pytest.mark.parametrize(
    ("interval", "seconds"), [("1m", 6), ("10m", 60), ("20m", 120), ("21m", 120), ("24h", 120)]
)
def test_an_edit_settles_in_a_tenth_of_the_interval_at_most_two_minutes(
    interval: str, seconds: int
) -> None:
    assert settling_time(an_effective(sendingInterval=interval)) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "edit",
    [
        {"sendingInterval": "1h"},
        {"samplingInterval": "1m"},
        {"usageUnit": "Absolute"},
        {"aggregation": "None"},
        {"buffer": {"maxAge": "999h"}},
        {"endpoint": "https://infogw.api.openshift.com/metrics/v1/receive"},
    ],
)
def test_an_edit_that_keeps_the_destination_counts_at_once(edit: dict[str, object]) -> None:
    newest = an_effective(**edit)

    assert usable_at_once(an_effective(), newest) == newest


@pytest.mark.parametrize(
    "edit",
    [
        {"status": "Disabled"},
        {"endpoint": "https://a.example"},
        {"authorization": {"type": "None"}},
        {"tlsConfig": {"ca": {"secret": {"name": "a", "key": "b"}}}},
    ],
)
def test_an_opt_out_and_another_destination_stop_sending(edit: dict[str, object]) -> None:
    assert usable_at_once(an_effective(), an_effective(**edit)) is None


def test_a_spec_that_cannot_be_used_stops_sending() -> None:
    assert usable_at_once(an_effective(), None) is None


def test_what_may_be_sent_for_the_first_time_waits() -> None:
    assert usable_at_once(None, an_effective()) is None
