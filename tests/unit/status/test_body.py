"""The status as the API server gets it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microshift_telemetry import __version__
from microshift_telemetry.buffer.records import Loss, LossReason
from microshift_telemetry.status.body import (
    Facts,
    LastReport,
    parse_loss,
    parse_timestamp,
    status_body,
    timestamp,
)
from tests.support.life import ENDPOINT
from tests.unit.factories import an_effective
from tests.unit.sources.surroundings import json_values

NOON = datetime(2026, 11, 20, 12, 0, 0, 987_000, tzinfo=UTC)
EMPTY: dict[str, Any] = dict.fromkeys(
    (
        *("opt_out", "cluster_id", "requested_at", "effective", "last_sample", "next_sample"),
        *("last_report", "next_report", "oldest_pending", "report", "loss"),
    )
)


def _facts(**known: Any) -> Facts:
    return Facts(**{"generation": 1, "pending_samples": 0, "dropped_samples": 0} | EMPTY | known)


def test_the_endpoint_is_shown_as_it_is_written() -> None:
    written = "HTTPS://Receiver.example:443/tenants/a%3Ab/../write?x=%2f"

    body = status_body(_facts(effective=an_effective(endpoint=written)), (), {}, NOON)

    assert body["effective"]["endpoint"] == written


def test_what_is_not_known_is_left_out() -> None:
    body = status_body(_facts(), (), {}, NOON)

    assert body == {
        "observedGeneration": 1,
        "operatorVersion": __version__,
        "pendingSamples": 0,
        "droppedSamples": 0,
        "conditions": [],
    }


def test_what_is_known_is_told_in_the_names_of_the_api() -> None:
    report = LastReport(
        "2026-11-20T12:00:00Z", 17, 17, 761, 1, 204, 12, fresh=True, refused=24, maybeStored=12
    )

    body = status_body(
        _facts(
            cluster_id="id",
            last_report=NOON,
            report=report,
            effective=an_effective(endpoint=ENDPOINT),
        ),
        (),
        {},
        NOON,
    )

    assert body["lastReportTime"] == "2026-11-20T12:00:00Z"
    assert body["lastReport"] == {
        "time": "2026-11-20T12:00:00Z",
        "series": 17,
        "samples": 17,
        "bytes": 761,
        "requests": 1,
        "statusCode": 204,
        "durationMillis": 12,
        "fresh": True,
        "refused": 24,
        "maybeStored": 12,
    }
    assert body["effective"] == {
        "status": "Enabled",
        "sendingInterval": "24h",
        "samplingInterval": "1h",
        "protocol": "RemoteWrite",
        "endpoint": ENDPOINT,
        "authorization": "None",
        "aggregation": "Auto",
    }


LOSS = Loss(1_768_910_400_000, 504, 1_768_824_000_000, 1_768_906_800_000, LossReason.EXPIRED)
LOSS_TOLD = {
    "time": "2026-01-20T12:00:00Z",
    "samples": 504,
    "from": "2026-01-19T12:00:00Z",
    "to": "2026-01-20T11:00:00Z",
    "reason": "Expired",
}


def test_what_was_lost_last_is_told_with_its_times_and_its_reason() -> None:
    assert status_body(_facts(loss=LOSS), (), {}, NOON)["lastLoss"] == LOSS_TOLD


@pytest.mark.parametrize("reason", LossReason, ids=lambda reason: reason.name.lower())
def test_a_loss_that_is_told_is_read_back(reason: LossReason) -> None:
    loss = replace(LOSS, reason=reason)

    assert parse_loss(status_body(_facts(loss=loss), (), {}, NOON)["lastLoss"]) == loss


@pytest.mark.parametrize(
    "value",
    [
        None,
        "loss",
        {},
        LOSS_TOLD | {"reason": "Whatever"},
        LOSS_TOLD | {"from": "soon"},
        LOSS_TOLD | {"samples": "many"},
    ],
    ids=repr,
)
def test_what_is_no_loss_is_none(value: object) -> None:
    assert parse_loss(value) is None


@given(json_values)
def test_no_loss_of_a_status_is_more_than_we_can_read(value: Any) -> None:
    assert parse_loss(value) is None or isinstance(value, dict)


def test_of_a_disabled_object_only_that_is_told() -> None:
    effective = an_effective(status="Disabled")

    body = status_body(_facts(effective=effective), (), {}, NOON)

    assert body["effective"] == {"status": "Disabled"}


def test_a_time_is_told_in_utc_to_the_second() -> None:
    here = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))

    assert timestamp(here) == "2026-11-20T12:00:00Z"


@pytest.mark.parametrize(
    "text",
    [None, "", "soon", 7, "2026-13-01T00:00:00Z", "0001-01-01T00:00:00+14:00", {"a": 1}],
    ids=repr,
)
def test_what_is_no_time_is_none(text: object) -> None:
    assert parse_timestamp(text) is None


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_told_time_is_read_back_to_the_second(moment: datetime) -> None:
    assert parse_timestamp(timestamp(moment)) == moment.replace(microsecond=0)


@given(json_values)
def test_a_status_that_holds_garbage_does_not_keep_ours_from_being_written(value: Any) -> None:
    body = status_body(_facts(), (), {"conditions": value}, NOON)

    assert body["conditions"] == []


def test_where_starts_are_told_is_shown() -> None:
    with_reports = an_effective(lifecycle={"status": "Enabled"})
    url = "https://gateway.example/base"
    pushed = an_effective(lifecycle={"status": "Enabled", "pushgatewayUrl": url})

    shown = [status_body(_facts(effective=each), (), {}, NOON) for each in (with_reports, pushed)]
    told = [
        {name: body["effective"].get(name) for name in ("lifecycle", "pushgatewayUrl")}
        for body in shown
    ]
    assert told == [
        {"lifecycle": "Enabled", "pushgatewayUrl": None},
        {"lifecycle": "Enabled", "pushgatewayUrl": url},
    ]
