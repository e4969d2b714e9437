"""Every check of a run, and which of them say something of its receiver."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from tests.search.invariants import (
    i1_nothing_is_dropped_without_a_verdict,
    i2_delivered_is_said_of_a_fresh_pass,
    i2_ready_belongs_to_the_destination_in_force,
    i2_ready_ends_when_nothing_is_delivered,
    i3_fresh_data_follows_an_outage,
    i4_what_could_be_taken_is_stored,
    i5_requests_are_few,
    i6_one_request_at_a_time,
    i6_one_value_for_each_time,
    i7_a_restart_changes_nothing,
    i8_disabled_is_silent,
)
from tests.search.run import Record
from tests.search.starts import (
    s1_a_start_is_told_at_most_once,
    s2_a_start_is_told_as_it_went,
    s3_a_start_is_told,
)
from tests.search.uploads import (
    i5_uploads_and_tokens_are_few,
    u1_uploads_keep_their_distance,
    u2_usage_is_the_mean_since_the_last_delivered,
    u3_an_ended_token_is_renewed,
)

CHECKS: Mapping[str, tuple[Callable[[Record], Iterator[tuple[float, str]]], ...]] = {
    "I1": (i1_nothing_is_dropped_without_a_verdict,),
    "I2": (
        i2_delivered_is_said_of_a_fresh_pass,
        i2_ready_belongs_to_the_destination_in_force,
        i2_ready_ends_when_nothing_is_delivered,
    ),
    "I3": (i3_fresh_data_follows_an_outage,),
    "I4": (i4_what_could_be_taken_is_stored,),
    "I5": (i5_requests_are_few, i5_uploads_and_tokens_are_few),
    "I6": (i6_one_value_for_each_time, i6_one_request_at_a_time),
    "I7": (i7_a_restart_changes_nothing,),
    "I8": (i8_disabled_is_silent,),
    "S1": (s1_a_start_is_told_at_most_once,),
    "S2": (s2_a_start_is_told_as_it_went,),
    "S3": (s3_a_start_is_told,),
    "U1": (u1_uploads_keep_their_distance,),
    "U2": (u2_usage_is_the_mean_since_the_last_delivered,),
    "U3": (u3_an_ended_token_is_renewed,),
}


@dataclass(frozen=True, slots=True)
class Violation:
    invariant: str
    at: float
    what: str

    def __str__(self) -> str:
        return f"{self.invariant} at {self.at / 3600:.2f} h: {self.what}"


def violations(record: Record) -> list[Violation]:
    """Check everything that says something of the receiver."""
    return [
        Violation(invariant, at, what)
        for invariant, checks in CHECKS.items()
        for check in checks
        if check.__name__ not in record.plan.product.left_out
        for at, what in check(record)
    ]
