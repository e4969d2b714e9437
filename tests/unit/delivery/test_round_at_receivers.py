"""Rounds at models of real receivers: what arrives, what is refused, and with how many requests."""

from collections.abc import Callable
from math import ceil, log2

import pytest

from microshift_telemetry.buffer.form import Form, Shape
from microshift_telemetry.delivery.round import HOUR_MS
from microshift_telemetry.sending.answer import Verdict
from tests.models.captive_portal import CaptivePortal
from tests.models.cortex import Cortex, Mimir
from tests.models.gateway import Gateway
from tests.models.model import DAY_MS, Answer, Model
from tests.models.outage import Loss
from tests.models.prometheus import Prometheus
from tests.models.telemeter import Telemeter
from tests.models.thanos import Thanos
from tests.models.victoria_metrics import VictoriaMetrics
from tests.unit.delivery.rounds import MEAN
from tests.unit.factories import CLUSTER_ID, MINUTE, NOON
from tests.unit.sending.two_ends import TENANT, WINDOW_MS, WITH_WINDOW, Site, until_complete

HOURLY_DAY = [30 + 60 * hour for hour in range(24)]


def ages(site: Site) -> list[list[int]]:
    """Tell how many minutes old the passes of each request were when it arrived."""
    return [[(each.at_ms - time) // MINUTE for time in each.times_ms] for each in site.sent]


# Rule 1


@pytest.mark.parametrize(
    ("outage", "opening_age"),
    [
        *[(Answer(status), 30 + 60 * 23) for status in (401, 403, 404, 405, 408, 429, 503, 302)],
        *[(loss, 30 + 60 * 23) for loss in (Loss.REFUSED, Loss.RESET, Loss.HANG)],
        (Answer(500), 30),
        *[(Answer(status), 0) for status in (400, 413, 422)],
    ],
)
def test_while_nothing_is_taken_a_round_is_one_request_of_one_pass(
    outage: Answer | Loss, opening_age: int
) -> None:
    site = Site(VictoriaMetrics())
    site.sample(HOURLY_DAY)
    site.outage.fault = outage
    site.play()

    for _ in range(5):
        site.play()
        assert [[age - age % 10 for age in each] for each in ages(site)] == [[opening_age]]

    site.outage.fault = None
    site.play()
    assert len(site.sent) <= 4
    assert site.stored_ms >= set(site.made_ms[:24])
    assert not site.waiting_ms


# Rules 2 and 5


@pytest.mark.parametrize("make", WITH_WINDOW)
@pytest.mark.parametrize("hours", [31, 72, 100, 168])
def test_of_a_long_outage_all_within_the_window_is_stored_and_the_rest_refused(
    make: Callable[[], Model], hours: int
) -> None:
    site = Site(make(), TENANT)
    site.sample([30 + 60 * hour for hour in range(hours)])
    made = set(site.made_ms)

    ended = site.play()

    edge = site.sent[0].at_ms - WINDOW_MS
    assert ended.is_complete
    assert site.refused_ms == {each for each in made if each < edge}
    assert site.stored_ms >= made - site.refused_ms
    assert not site.waiting_ms
    assert len(site.sent) <= 3 + ceil(log2(hours)) + 2


@pytest.mark.parametrize("make", WITH_WINDOW)
@pytest.mark.parametrize("per_request", [24, 50])
def test_the_first_request_that_is_taken_is_found_by_bisection(
    make: Callable[[], Model], per_request: int
) -> None:
    """1,200 passes five minutes apart, of which the window has room for 360."""
    site = Site(make(), TENANT)
    site.full_size = lambda _: per_request
    site.sample([2 + 5 * number for number in range(1200)])
    made = set(site.made_ms)

    site.play()

    late = site.now_ms - WINDOW_MS
    refused = len(site.refused_ms)
    assert site.stored_ms >= {each for each in made if each >= late}
    assert site.refused_ms == made - site.stored_ms
    requests = ceil(len(made - site.refused_ms) / per_request)
    assert len(site.sent) <= requests + 2 * ceil(log2(refused)) + 6


# Rule 3


def test_a_request_that_reaches_over_the_hour_goes_once_more_without_its_beginning() -> None:
    site = Site(Prometheus())
    site.sample([60, 50, 40, 31])

    site.play()

    assert ages(site) == [[60, 50, 40, 31], [50, 40, 31], [0], [60]]
    assert [each.status for each in site.sent] == [400, 204, 204, 400]
    assert [(site.now_ms - each) // MINUTE for each in site.refused_ms] == [60]


# Rule 4


@pytest.mark.parametrize("make", [Prometheus, Thanos, Cortex])
def test_after_three_hours_without_a_link_a_fresh_pass_is_stored_in_the_first_round(
    make: Callable[[], Model],
) -> None:
    site = Site(make(), TENANT)
    site.sample([210, 150, 90])
    site.outage.fault = Loss.REFUSED
    for _ in range(12):
        site.wait(15)
        site.play()
    site.outage.fault = None

    ended = site.play()

    assert ended.is_fresh_taken
    assert max(site.stored_ms) >= site.now_ms - MINUTE
    assert len(site.sent) <= 6
    assert site.refused_ms == set(site.made_ms[:3])


def test_a_fresh_pass_that_was_taken_is_not_made_again_for_the_rest_of_the_report() -> None:
    site = Site(Gateway(VictoriaMetrics(), max_passes=8))
    site.sample([200, 20])
    site.play()
    made = len(site.made_ms)
    site.is_first = False
    site.wait(9)

    ended = site.play()

    assert ended.is_complete
    assert (len(site.made_ms), site.sent) == (made, [])


# Rule 6


@pytest.mark.parametrize("redirects", [False, True])
def test_a_captive_portal_takes_nothing(redirects: bool) -> None:  # noqa: FBT001
    site = Site(CaptivePortal(redirects=redirects))
    site.sample(HOURLY_DAY)
    made = set(site.made_ms)

    ended = site.play()

    assert (ended.verdict, ended.is_fresh_taken) == (Verdict.WRONG_ENDPOINT, False)
    assert site.waiting_ms == made


# Rule 7


@pytest.mark.parametrize("rounds", [4, 40])
def test_ingesters_that_are_away_for_long_cost_nothing(rounds: int) -> None:
    mimir = Mimir(window_ms=7 * DAY_MS)
    site = Site(mimir, TENANT)
    site.sample(HOURLY_DAY)
    mimir.has_ingesters = False
    for _ in range(rounds):
        site.play()
        site.wait(15)
    made = set(site.made_ms[:24])

    mimir.has_ingesters = True
    until_complete(site, 3, 15)

    assert site.refused_ms == set()
    assert site.stored_ms >= made


def test_a_prometheus_before_2_50_loses_in_the_fourth_round_what_it_never_takes() -> None:
    site = Site(Prometheus(window_ms=WINDOW_MS, is_before_2_50=True))
    site.sample([30 + 60 * hour for hour in range(72)])
    made = set(site.made_ms)
    ends = []
    for _ in range(4):
        ended = site.play()
        ends.append((ended.verdict, ended.is_fresh_taken, len(ended.refused_ms)))
        site.wait(15)

    error = Verdict.SERVER_ERROR
    assert ends == [
        (error, False, 0),
        (error, True, 0),
        (error, True, 0),
        (Verdict.TAKEN, True, 43),
    ]
    assert len(made & site.stored_ms) == 29


# Rule 8


def test_a_thanos_two_hours_ahead_gets_two_fresh_passes_and_then_one_until_the_clock_is_set() -> (
    None
):
    site = Site(Thanos())
    site.receiver_ahead_ms = 2 * HOUR_MS
    site.sample([20])
    first = site.play()
    offered = [len(site.sent)]
    site.is_first = False
    for _ in range(3):
        site.wait(15)
        site.play()
        offered.append(len(site.sent))
    site.wait(120)
    site.receiver_ahead_ms = 0
    last = site.play()

    assert (first.verdict, first.course.has_conflict) == (Verdict.CONFLICT, True)
    assert offered == [2, 1, 1, 1]
    assert (last.is_fresh_taken, last.course.has_conflict) == (True, False)


# Rule 12


@pytest.mark.parametrize("lost", [Loss.VANISH, Loss.HANG])
def test_an_edit_beside_a_lost_answer_gives_no_sample_a_second_value(lost: Loss) -> None:
    receiver = VictoriaMetrics()
    site = Site(receiver)
    site.sample(range(0, 200, 10))
    site.outage.fault = lost
    site.play()
    site.outage.fault = None

    site.form = Form(Shape(CLUSTER_ID, "Absolute"))
    ended = site.play()

    assert ended.is_complete
    assert not site.waiting_ms
    values = [(series, time_ms) for series, time_ms, _ in receiver.copies]
    assert len(values) == len(set(values))


def test_a_mean_that_may_be_stored_and_the_pass_at_its_instant_never_both_arrive() -> None:
    receiver = VictoriaMetrics()
    site = Site(receiver)
    site.sample(range(0, 200, 10))
    site.form, raw = MEAN, site.form
    site.outage.fault = Loss.VANISH
    site.play()
    site.outage.fault, site.form = None, raw

    ended = site.play()

    values = [(series, time_ms) for series, time_ms, _ in receiver.copies]
    assert len(values) == len(set(values))
    assert ended.is_complete
    assert site.waiting_ms == {NOON}
    assert site.stored_ms == set(site.made_ms)


# Whoever answers


@pytest.mark.parametrize("behind", [Prometheus, Thanos])
def test_a_telemeter_without_its_authoriser_gets_one_request_a_round(
    behind: Callable[[], Model],
) -> None:
    telemeter = Telemeter(behind(), {"cluster:memory_usage_bytes:sum"})
    telemeter.has_authoriser = False
    site = Site(telemeter, {"Authorization": "Bearer token"})
    site.sample([50, 30, 10])
    requests = []
    for _ in range(3):
        site.play()
        requests.append(len(site.sent))
    telemeter.has_authoriser = True
    ended = site.play()

    assert requests == [1, 1, 1]
    assert ended.is_complete
    assert {time_ms for _, time_ms in telemeter.stored} >= set(site.made_ms)
