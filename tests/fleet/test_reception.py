"""Samples that are dropped, refused, or of a wrong time."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml

from fleet.mixin.delivery import FRESH
from fleet.mixin.names import HEARTBEAT
from microshift_telemetry.remote_write.encode import encode
from microshift_telemetry.report.report import TimeSeries
from microshift_telemetry.sample import metrics
from microshift_telemetry.spec.shaping import DROPPED_SAMPLES
from tests.fleet.scenario import (
    FIRING,
    RULES,
    Expectation,
    Series,
    check,
    device,
    firing,
    on,
)
from tests.support.prometheus import Prometheus
from tests.support.tools import Tools

HOURS = 9 * 24
DAILY = range(0, HOURS, 24)
SAMPLES_DROPPED = "MicroshiftDeviceSamplesDropped"
AHEAD = "MicroshiftDeviceClockAhead"
BEHIND = "MicroshiftDeviceClockBehind"
REFUSES = "MicroshiftReceiverRefusesSamples"


def _own(name: str, labels: dict[str, str], hours: list[float | None]) -> Series:
    return Series(name, {"site": "north", **labels}, hours)


def _counter(name: str, steps: dict[int, float]) -> Series:
    """Give a counter that is sent once an hour and takes new values in some hours."""
    hours: list[float | None] = []
    for hour in range(HOURS):
        hours.append(steps.get(hour, hours[-1] if hours else 0.0))
    return _own(DROPPED_SAMPLES, {"_id": name}, hours)


def test_dropped_samples_alert_for_two_days(tools: Tools, tmp_path: Path) -> None:
    series = [
        _counter("drops", {72: 304.0}),
        _counter("dropped-long-ago", {0: 900.0}),
        _counter("made-anew", {0: 900.0, 72: 0.0}),
    ]

    check(
        tools,
        tmp_path,
        series,
        [
            firing(SAMPLES_DROPPED, 71),
            firing(SAMPLES_DROPPED, 73, "drops"),
            firing(SAMPLES_DROPPED, 120, "drops"),
            firing(SAMPLES_DROPPED, 123),
        ],
    )


def _memory(name: str, hours: Iterable[int]) -> Series:
    labels = {"_id": name, "site": "north"}
    return Series(metrics.MEMORY_USAGE.name, labels, on(hours, 50, HOURS))


def _refuses(hour: float, *, firing_now: bool) -> Expectation:
    expr = f'count(ALERTS{{alertname="{REFUSES}",{FIRING}}})'
    return Expectation(hour, expr, {(): 1.0} if firing_now else {})


def _devices(count: int, refused: int) -> list[Series]:
    """From day three to day five, the newest sample of each report is all that arrives."""
    whole = range(HOURS)
    newest_only = [hour for hour in whole if not 72 <= hour < 144 or hour % 24 == 0]
    return [
        each
        for number in range(count)
        for each in (
            device(f"d-{number}", "north", DAILY, HOURS),
            _memory(f"d-{number}", newest_only if number < refused else whole),
        )
    ]


def test_a_receiver_that_refuses_old_samples_alerts(tools: Tools, tmp_path: Path) -> None:
    check(
        tools,
        tmp_path,
        _devices(40, 20),
        [
            _refuses(72, firing_now=False),
            _refuses(140, firing_now=True),
            _refuses(180, firing_now=False),
        ],
    )


def test_a_few_devices_with_gaps_are_not_the_receiver_s_fault(tools: Tools, tmp_path: Path) -> None:
    check(tools, tmp_path, _devices(120, 11), [_refuses(140, firing_now=False)])


def test_devices_that_drop_samples_together_alert(tools: Tools, tmp_path: Path) -> None:
    series = [
        each
        for number in range(40)
        for each in (
            device(f"d-{number}", "north", DAILY, HOURS),
            _counter(f"d-{number}", {72: 300.0} if number < 12 else {}),
        )
    ]

    check(
        tools,
        tmp_path,
        series,
        [
            _refuses(71, firing_now=False),
            _refuses(80, firing_now=True),
            _refuses(130, firing_now=False),
        ],
    )


def _fresh(name: str, hours: Iterable[int]) -> Series:
    return Series(FRESH, {"_id": name, "site": "north"}, on(hours, 1, HOURS))


def test_a_clock_that_is_behind_alerts_until_it_is_right(tools: Tools, tmp_path: Path) -> None:
    """Promtool has every sample in time, so that what was recorded on arrival is given."""
    series = [
        device("behind", "north", DAILY, HOURS),
        _fresh("behind", [0, 168]),
        device("right", "north", DAILY, HOURS),
        _fresh("right", DAILY),
        device("silent", "north", [0, 24], HOURS),
        _fresh("silent", [0]),
    ]

    check(
        tools,
        tmp_path,
        series,
        [firing(BEHIND, 77), firing(BEHIND, 99, "behind"), firing(BEHIND, 169)],
        without=FRESH,
    )


def test_no_clock_is_judged_before_freshness_was_recorded_for_days(
    tools: Tools, tmp_path: Path
) -> None:
    series = [device("right", "north", DAILY, HOURS), _fresh("right", range(120, 122))]

    check(tools, tmp_path, series, [firing(BEHIND, 110), firing(BEHIND, 190)], without=FRESH)


def test_a_sample_from_the_future_alerts_until_its_time_has_come(
    tools: Tools, tmp_path: Path
) -> None:
    """Promtool knows no sample of the future; a server that is asked about the past does."""
    sampled = datetime.now(tz=UTC) - timedelta(hours=1)  # noqa: TID251  # a server has the real time
    [expr] = [
        rule["expr"]
        for group in yaml.safe_load(RULES.read_text())["groups"]
        for rule in group["rules"]
        if rule.get("alert") == AHEAD
    ]
    labels = (("__name__", HEARTBEAT), ("_id", "ahead"), ("site", "north"))
    body = encode([TimeSeries(labels, ((round(sampled.timestamp() * 1000), 4.0),))]).body

    with Prometheus(tmp_path / "prometheus", tools) as prometheus:
        assert prometheus.write(body) in {200, 204}
        found = {
            minutes: [
                (each["metric"], each["value"][1])
                for each in prometheus.query(expr, sampled - timedelta(minutes=minutes))
            ]
            for minutes in (26 * 60, 120, 6, 4, -10)
        }

    alert = [({"_id": "ahead", "site": "north"}, "1")]
    assert found == {26 * 60: [], 120: alert, 6: alert, 4: [], -10: []}
