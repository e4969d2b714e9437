"""Rounds at models of real receivers with limits, and rounds beside edits and lost answers."""

from collections.abc import Callable
from itertools import pairwise
from math import ceil, log2

import pytest

from microshift_telemetry.buffer.form import Form, Shape
from microshift_telemetry.remote_write.answer import Verdict
from microshift_telemetry.remote_write.round import HOUR_MS
from tests.models.cortex import Mimir
from tests.models.gateway import Gateway
from tests.models.model import DAY_MS, Model
from tests.models.outage import Loss
from tests.models.prometheus import Prometheus
from tests.models.telemeter import Telemeter
from tests.models.thanos import Thanos
from tests.models.victoria_metrics import VictoriaMetrics
from tests.unit.factories import CLUSTER_ID, NOON
from tests.unit.remote_write.rounds import MEAN
from tests.unit.remote_write.two_ends import SERIES, TENANT, Site, until_complete

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


# Rule 9


@pytest.mark.parametrize("make", [Prometheus, Thanos, VictoriaMetrics])
def test_413_at_100_samples_loses_no_pass_and_keeps_the_order(make: Callable[[], Model]) -> None:
    site = Site(Gateway(make(), max_samples=100))
    site.sample(range(0, 60, 5))

    ended = site.play()

    assert ended.is_complete
    assert site.stored_ms >= set(site.made_ms)
    taken = [each.times_ms[0] for each in site.sent if each.status != 413]
    assert all(earlier < later for earlier, later in pairwise(taken))
    assert len(site.sent) <= 5


@pytest.mark.parametrize("passes", [1, 2, 3, 5, 8, 13])
def test_a_proxy_that_answers_502_to_large_requests_lets_all_through(passes: int) -> None:
    site = Site(Gateway(VictoriaMetrics(), max_passes=passes))
    site.sample([30 + 60 * hour for hour in range(72)])

    requests = until_complete(site, 3, 15)

    assert site.stored_ms >= set(site.made_ms)
    assert requests <= ceil(72 / passes) + 2 * ceil(log2(72)) + 6


@pytest.mark.parametrize("burst", [50, 100, 200])
def test_a_burst_limit_keeps_nothing_back(burst: int) -> None:
    """Seconds after each answer that asks to wait, as `Retry-After` says."""
    site = Site(Mimir(window_ms=7 * DAY_MS, burst=burst, rate=50), TENANT)
    site.sample([30 + 60 * hour for hour in range(72)])

    until_complete(site, ceil(72 * SERIES / burst) * 4 + 10, minutes=0.5)

    assert site.stored_ms >= set(site.made_ms)
    assert site.refused_ms == set()


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
