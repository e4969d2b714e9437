"""One report and what becomes of its samples."""

import pytest

from microshift_telemetry.controller.device_salt import DeviceSalt
from microshift_telemetry.controller.keeping import Keeper
from microshift_telemetry.controller.reporting import Reporting
from microshift_telemetry.controller.state import State, state_from
from microshift_telemetry.remote_write.answer import Answer
from microshift_telemetry.sample.sample import Reading, SamplePass, Series
from microshift_telemetry.status.reasons import ReportingReason
from tests.support.fakes import CLUSTER_ID, MORNING, FakeClock, FakeConnector, FakeReceiver
from tests.support.life import a_config
from tests.unit.fake_time import IN_FAKE_TIME

pytestmark = IN_FAKE_TIME

NOW_MS = round(1000 * MORNING.timestamp())
A_MINUTE_MS = 60_000
PODS = Series.of("cluster:usage:resources:sum", resource="pods")


def a_state(passes: int) -> State:
    """Build the state of an object whose report is due, with passes a minute apart."""
    state = state_from(a_config(), MORNING, 0.0)
    for age in range(passes):
        taken = SamplePass(NOW_MS - age * A_MINUTE_MS, (Reading(PODS, 11.0),))
        state.backlog.add(taken)
        state.newest_pass = state.newest_pass or taken
    state.is_report_due, state.in_force = True, state.newest
    return state


def a_reporting(state: State, receiver: FakeReceiver) -> Reporting:
    """Make what sends a state's reports, on a device without a disk."""
    connector, keeper = FakeConnector(receiver), Keeper(state, None)
    return Reporting(state, connector, FakeClock(), keeper, DeviceSalt(None))


async def _run(reporting: Reporting, state: State) -> None:
    assert state.in_force is not None
    await reporting.run(state.in_force, CLUSTER_ID)


async def test_a_request_whose_samples_have_aged_out_is_not_sent_empty() -> None:
    """Receivers answer an empty request with 400, which would pass for a refusal."""
    state, receiver = a_state(passes=150), FakeReceiver()
    reporting = a_reporting(state, receiver)
    receiver.answer = Answer(503)
    await _run(reporting, state)
    state.backlog.expire(NOW_MS - 30 * A_MINUTE_MS)
    receiver.answer = Answer(204)
    reporting.retries.forget()
    await _run(reporting, state)

    assert [len(post.samples) for post in receiver.confirmed] == [30, 1]
    assert state.reporting.reason is ReportingReason.REPORT_DELIVERED
    assert state.backlog.samples == 0


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(401), ReportingReason.UNAUTHORIZED),
        (Answer(404), ReportingReason.INVALID_ENDPOINT),
        (Answer(302), ReportingReason.INVALID_ENDPOINT),
        (Answer(400), ReportingReason.SAMPLES_REJECTED),
        (Answer(503), ReportingReason.RETRYING),
    ],
    ids=lambda value: str(value),
)
async def test_whatever_the_receiver_refuses_is_kept(
    answer: Answer, reason: ReportingReason
) -> None:
    state, receiver = a_state(passes=3), FakeReceiver()
    receiver.answer = answer
    reporting = a_reporting(state, receiver)

    await _run(reporting, state)

    assert state.reporting.reason is reason
    assert state.backlog.samples == 3
    assert reporting.wait_seconds is not None
    assert state.dropped_samples == 0


async def test_a_retry_that_is_not_due_connects_to_nobody() -> None:
    state, receiver = a_state(passes=1), FakeReceiver()
    receiver.answer = Answer(401)
    reporting = a_reporting(state, receiver)
    await _run(reporting, state)
    await _run(reporting, state)

    assert len(receiver.connects) == 1
