"""Rounds at who limits a request: all goes through in the end, and a fresh pass (rule 9)."""

from collections.abc import Callable
from itertools import pairwise
from math import ceil, log2

import pytest

from microshift_telemetry.delivery.course import Course, Size
from tests.models.cortex import Mimir
from tests.models.gateway import Gateway
from tests.models.model import DAY_MS, Answer, Model
from tests.models.prometheus import Prometheus
from tests.models.thanos import Thanos
from tests.models.victoria_metrics import VictoriaMetrics
from tests.unit.delivery.rounds import MEAN
from tests.unit.factories import MINUTE
from tests.unit.sending.two_ends import TENANT, WINDOW_MS, WITH_WINDOW, Site, until_complete


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


@pytest.mark.parametrize(("burst", "rounds"), [(50, 9), (100, 13), (200, 10)])
def test_a_burst_limit_keeps_nothing_back(burst: int, rounds: int) -> None:
    """A round half a minute after each answer that asks to wait: a smaller request, or the rest."""
    site = Site(Mimir(window_ms=7 * DAY_MS, burst=burst, rate=50), TENANT)
    site.sample([30 + 60 * hour for hour in range(72)])

    until_complete(site, rounds, minutes=0.5)

    assert site.stored_ms >= set(site.made_ms)
    assert site.refused_ms == set()


@pytest.mark.parametrize("make", [Prometheus, *WITH_WINDOW])
@pytest.mark.parametrize("hours", [31, 100])
def test_a_limit_is_found_though_all_that_is_small_enough_is_too_old(
    make: Callable[[], Model], hours: int
) -> None:
    """The probe is refused: that it was answered shows what a taken one would."""
    site = Site(Gateway(make(), max_passes=8), TENANT)
    site.sample([30 + 60 * hour for hour in range(hours)])

    requests = until_complete(site, rounds=2, minutes=15)

    assert max(site.stored_ms) >= site.now_ms - 30 * MINUTE
    assert set(site.made_ms) == site.stored_ms | site.refused_ms
    assert requests <= ceil(hours / 8) + 2 * ceil(log2(hours)) + 6


@pytest.mark.parametrize(("hours", "rounds"), [(31, 7), (100, 9), (168, 10)])
def test_a_search_among_refused_requests_fits_into_a_burst_limit(hours: int, rounds: int) -> None:
    """What is refused counts against it, too: it is done by ever smaller requests."""
    site = Site(Mimir(window_ms=WINDOW_MS, burst=200, rate=50), TENANT)
    site.sample([30 + 60 * hour for hour in range(hours)])

    until_complete(site, rounds, minutes=0.5)

    assert max(site.stored_ms) >= site.now_ms - 30 * MINUTE
    assert set(site.made_ms) == site.stored_ms | site.refused_ms


@pytest.mark.parametrize("asked_to_wait", [False, True])
def test_means_that_are_too_large_teach_nothing_of_how_many_passes_go(
    asked_to_wait: bool,  # noqa: FBT001
) -> None:
    """A request of means has one sample a series, of however many passes."""
    site = Site(VictoriaMetrics())
    site.sample(range(0, 200, 10))
    site.form = MEAN
    site.course = Course(size=Size(limit=24))
    site.outage.fault = Answer(429, {"Retry-After": "9"}) if asked_to_wait else Answer(413)

    ended = site.play()

    assert [len(each.times_ms) for each in site.sent] == [20]
    assert ended.course.size.at_most(24) == 24
