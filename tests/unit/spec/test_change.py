from datetime import timedelta

import pytest

from microshift_telemetry.spec.change import is_narrowed, settling_time, usable_at_once
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


@pytest.mark.parametrize(
    ("before", "after", "is_cut"),
    [
        pytest.param({}, {"anonymizeLabels": ["instance"]}, True, id="a label hidden"),
        pytest.param({"anonymizeLabels": ["instance"]}, {}, False, id="a label shown again"),
        pytest.param(
            {"anonymizeLabels": ["instance"]}, {"anonymizeLabels": ["site"]}, True, id="another"
        ),
        pytest.param({}, {"metrics": {"exclude": ["pods"]}}, True, id="an exclusion"),
        pytest.param({"metrics": {"exclude": ["pods"]}}, {}, False, id="an exclusion taken back"),
        pytest.param({}, {"sendingInterval": "1h"}, False, id="an interval"),
    ],
)
def test_a_post_is_cut_by_what_it_may_no_longer_say(
    before: dict[str, object], after: dict[str, object], *, is_cut: bool
) -> None:
    assert is_narrowed(an_effective(**before), an_effective(**after)) is is_cut


def test_a_post_is_cut_when_nothing_may_be_sent_any_more() -> None:
    assert is_narrowed(an_effective(), None)
    assert not is_narrowed(None, an_effective())
