"""Two statuses of one object → the events that tell what has happened from one to the next."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microshift_telemetry.buffer.records import Loss, LossReason
from microshift_telemetry.status.body import Facts, status_body
from microshift_telemetry.status.events import (
    WHY_DROPPED,
    Event,
    EventType,
    type_of,
)
from microshift_telemetry.status.reasons import ReportingReason
from tests.unit.sources.surroundings import json_values
from tests.unit.status.statuses import (
    DELIVERED,
    DUPLICATE,
    EARLIER,
    HERE,
    LATER,
    OFF,
    PENDING,
    REFUSED,
    RETRYING,
    UNREACHABLE,
    Said,
    a_status,
    events_of,
    reasons_of,
)
from tests.unit.status.test_body import EMPTY, NOON


def test_the_same_status_is_no_news() -> None:
    status = a_status(UNREACHABLE, droppedSamples=7, lastLoss=REFUSED)

    assert events_of(status, status, {**status, "pendingSamples": 60}) == []


def test_each_new_reason_is_told_in_the_words_of_its_condition() -> None:
    before = a_status(DELIVERED)
    after = a_status(UNREACHABLE, ("PartialFailure", "memory: no such file"))

    assert events_of(before, after) == [
        Event(EventType.WARNING, "PartialFailure", "memory: no such file", "memory: no such file"),
        Event(EventType.WARNING, *UNREACHABLE, cause=UNREACHABLE[1]),
    ]


@pytest.mark.parametrize(
    ("reporting", "event"),
    [
        (DELIVERED, EventType.NORMAL),
        (PENDING, EventType.NORMAL),
        (("OptedOut", "no entry"), EventType.NORMAL),
        (OFF, EventType.NORMAL),
        (("OldSamplesRejected", "older ones refused"), EventType.WARNING),
        (("InternalError", "a bug"), EventType.WARNING),
    ],
)
def test_only_trouble_is_a_warning(reporting: Said, event: EventType) -> None:
    [told] = events_of(a_status(RETRYING), a_status(reporting, generation=2))

    assert told.type == event == type_of(reporting[0])


def test_other_words_for_the_same_reason_are_news_only_after_an_edit() -> None:
    first, second = ("InvalidSpec", "spec.headers: twice"), ("InvalidSpec", "spec.endpoint: none")

    assert reasons_of(a_status(first), a_status(second)) == []
    assert reasons_of(a_status(first), a_status(second, generation=2)) == ["InvalidSpec"]
    assert reasons_of(a_status(first), a_status(first, generation=2)) == []


def test_what_a_new_object_waits_for_is_no_news_but_what_is_wrong_with_it_is() -> None:
    pending = ("SamplesPending", "no samples were taken yet")

    assert reasons_of({}, a_status(PENDING, pending)) == []
    assert reasons_of({}, a_status(DUPLICATE, pending)) == ["DuplicateDestination"]
    assert reasons_of({}, a_status(PENDING, pending), a_status(DELIVERED)) == [
        *("SamplesCollected", "ReportDelivered"),
    ]


def test_a_condition_that_a_restart_makes_pending_for_a_while_is_no_news() -> None:
    """An older twin and a source that can't be read are found out anew by each process."""
    before = a_status(DUPLICATE, ("SourceUnavailable", "403"))
    pending = a_status(PENDING, ("SamplesPending", "no samples were taken yet"))

    assert reasons_of(before, pending, before) == []
    assert reasons_of(before, pending, a_status(DELIVERED)) == [
        *("SamplesCollected", "ReportDelivered"),
    ]


def test_a_condition_that_an_edit_makes_pending_is_told_and_what_follows_too() -> None:
    before = a_status(UNREACHABLE)
    settling = a_status(PENDING, generation=2)
    after = a_status(UNREACHABLE, generation=2)

    assert reasons_of(before, settling, after) == ["ReportPending", "EndpointUnreachable"]


def test_a_delivery_after_an_outage_says_since_when_there_was_none() -> None:
    """A long report tells its progress, so that the fresh pass may be known to be there before."""
    before = a_status(UNREACHABLE, lastReportTime=EARLIER)
    under_way = a_status(UNREACHABLE, lastReportTime=LATER)
    after = a_status(DELIVERED, lastReportTime=LATER, lastReport={"samples": 880})

    [told] = events_of(before, under_way, after)

    assert told.message == f"accepted by the receiver; first delivery since {EARLIER}: 880 samples"
    assert told.cause == "accepted by the receiver"


def test_the_first_delivery_of_all_says_so() -> None:
    after = a_status(DELIVERED, lastReportTime=LATER, lastReport={"samples": 16})

    [told] = events_of(a_status(PENDING), after)

    assert told.message == "accepted by the receiver; first delivery ever: 16 samples"


@pytest.mark.parametrize("trouble", ["InternalError", "DuplicateDestination"])
def test_trouble_that_is_over_without_a_delivery_claims_none(trouble: str) -> None:
    known: dict[str, Any] = {"lastReportTime": EARLIER, "lastReport": {"samples": 16}}
    before, after = a_status((trouble, "…"), **known), a_status(DELIVERED, **known)

    [told] = events_of(before, after)

    assert told.message == "accepted by the receiver"


def test_dropped_samples_are_told_with_their_number_their_times_and_why() -> None:
    before = a_status(DELIVERED, droppedSamples=3)

    [told] = events_of(before, a_status(DELIVERED, droppedSamples=27, lastLoss=REFUSED))

    assert told == Event(
        EventType.WARNING,
        "SamplesDropped",
        f"24 samples dropped, measured from {EARLIER} to {LATER}: {WHY_DROPPED['Refused']}",
        cause=WHY_DROPPED["Refused"],
    )


def test_of_several_losses_the_last_one_is_told() -> None:
    [told] = events_of(
        a_status(DELIVERED), a_status(DELIVERED, droppedSamples=40, lastLoss=REFUSED)
    )

    assert told.message.startswith(f"40 samples dropped, 24 of them measured from {EARLIER} to ")


def test_each_reason_for_a_loss_has_its_words() -> None:
    def body(reason: LossReason) -> Mapping[str, Any]:
        facts: dict[str, Any] = {"generation": 1, "pending_samples": 0, "dropped_samples": 7}
        known = EMPTY | {"loss": Loss(1, 7, 2, 3, reason)}
        return status_body(Facts(**facts | known), (), {}, NOON)

    causes = [events_of({"droppedSamples": 0}, body(each))[0].cause for each in LossReason]

    assert sorted(causes) == sorted(WHY_DROPPED.values())


def test_an_object_without_a_status_has_dropped_nothing_in_this_process() -> None:
    told = reasons_of({}, a_status(PENDING, droppedSamples=7, lastLoss=REFUSED))

    assert told == ["SamplesCollected"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            {"endpoint": "https://there.example/write"},
            (
                "reports now go to https://there.example/write (authorization None); before, they "
                "went to https://here.example/write (authorization None)"
            ),
        ),
        (
            {"authorization": "OAuth2"},
            (
                "reports now go to https://here.example/write (authorization OAuth2); before, they "
                "went to https://here.example/write (authorization None)"
            ),
        ),
    ],
    ids=["endpoint", "authorization"],
)
def test_a_new_destination_is_told_before_what_follows_from_it(
    change: dict[str, str], told: str
) -> None:
    edited = a_status(PENDING, generation=2, effective=HERE | change)

    moved, pending = events_of(a_status(DELIVERED), edited)

    assert moved == Event(EventType.NORMAL, "DestinationChanged", told)
    assert pending.reason == "ReportPending"


def test_a_query_may_have_a_key_in_it_and_is_not_told() -> None:
    edited = HERE | {"endpoint": "https://there.example/write?key=canary"}

    [moved] = events_of(a_status(DELIVERED), a_status(DELIVERED, effective=edited))

    assert "there.example/write" in moved.message
    assert "canary" not in moved.message


@pytest.mark.parametrize(
    "effective", [{"status": "Disabled"}, None, {}], ids=["disabled", "null", "empty"]
)
def test_no_destination_is_none_that_was_changed(effective: Any) -> None:
    without = a_status(DELIVERED, effective=effective)

    assert events_of(a_status(DELIVERED), without, a_status(DELIVERED)) == []


def test_an_opt_out_is_one_event_and_says_how_much_is_not_sent() -> None:
    sampling = ("Disabled", "spec.status is Disabled: no samples are taken")
    disabled = a_status(OFF, sampling, generation=2, effective={"status": "Disabled"})

    [told] = events_of(a_status(RETRYING, pendingSamples=60), disabled)
    [told_of_none] = events_of(a_status(RETRYING, pendingSamples=0), disabled)

    said = "spec.status is Disabled: no samples are taken and no reports are sent"
    assert told.message == f"{said}; 60 pending samples are never sent"
    assert told_of_none.message == said
    assert told.identity == told_of_none.identity
    assert told.type == "Normal"


def test_figures_make_no_other_event() -> None:
    first, second = (
        events_of(a_status(DELIVERED), a_status(DELIVERED, droppedSamples=count, lastLoss=REFUSED))
        for count in (24, 36)
    )

    assert first != second
    assert first[0].identity == second[0].identity


@given(before=json_values, after=json_values)
def test_whatever_a_status_holds_it_is_read_without_an_error(before: Any, after: Any) -> None:
    old = before if isinstance(before, dict) else {"conditions": before}
    new = a_status(DELIVERED, lastReport=after, lastLoss=after, droppedSamples=after)

    told = events_of(old, {**new, "effective": before}, {**new, "conditions": after})

    assert all(isinstance(event.message, str) for event in told)


REASONS: Sequence[Said] = [(str(each), "…") for each in ReportingReason]


@given(st.lists(st.sampled_from(REASONS), min_size=1, max_size=8))
def test_the_last_event_says_what_the_condition_says(said: list[Said]) -> None:
    """But for a condition that waits without an edit."""
    statuses = [a_status(each) for each in said]

    told = reasons_of({}, *statuses)

    meant = [reason for reason, _ in said if reason != "ReportPending"]
    assert told[-1:] == (meant[-1:] or ["SamplesCollected"])
