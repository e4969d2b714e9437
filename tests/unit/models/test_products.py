"""What sets one product apart from the others."""

from typing import Literal

import pytest

from tests.models.captive_portal import CaptivePortal
from tests.models.cortex import Cortex, Mimir
from tests.models.gateway import Gateway
from tests.models.model import DAY_MS, HOUR_MS, MINUTE_MS, Answer, Sample
from tests.models.outage import Loss, Outage
from tests.models.prometheus import Prometheus
from tests.models.telemeter import Telemeter
from tests.models.thanos import Thanos
from tests.models.victoria_metrics import VictoriaMetrics
from tests.unit.models.requests import NOW_MS, a_report, a_request, a_sample

TENANT = {"X-Scope-OrgID": "plant"}
BEARER = {"Authorization": "Bearer e30="}
HALF_PAST = [NOW_MS - age * HOUR_MS - HOUR_MS // 2 for age in range(71, 0, -1)]
"""Passes of 72 hours, but for the last hour's."""


def test_prometheus_stores_nothing_of_a_request_with_one_old_sample() -> None:
    prometheus = Prometheus(window_ms=30 * HOUR_MS)

    assert prometheus.receive(a_request(HALF_PAST), NOW_MS).status == 400
    assert prometheus.stored == {}


def test_thanos_stores_of_a_request_what_it_can() -> None:
    thanos = Thanos(window_ms=30 * HOUR_MS)
    answer = thanos.receive(a_request(HALF_PAST), NOW_MS)

    assert (answer.status, answer.body) == (409, b"add 504 samples: too old sample\n")
    assert len(thanos.stored) == 348


def test_cortex_stores_of_a_request_what_it_can() -> None:
    cortex = Cortex(window_ms=30 * HOUR_MS)

    assert cortex.receive(a_request(HALF_PAST), NOW_MS, headers=TENANT).status == 400
    assert len(cortex.stored) == 348


def test_prometheus_refuses_what_is_ahead_of_its_clock() -> None:
    prometheus = Prometheus()
    answers = [
        prometheus.receive([a_sample(NOW_MS + ahead * MINUTE_MS)], NOW_MS) for ahead in (10, 11)
    ]

    assert [answer.status for answer in answers] == [204, 400]


def test_thanos_refuses_what_is_ahead_of_its_clock_only_when_told_to() -> None:
    tomorrow = [a_sample(NOW_MS + DAY_MS)]

    assert Thanos().receive(tomorrow, NOW_MS).status == 200
    assert Thanos(future_window_ms=5 * MINUTE_MS).receive(tomorrow, NOW_MS).status == 409


def test_cortex_leaves_out_a_series_that_is_ahead_of_its_clock() -> None:
    cortex = Cortex()
    ahead = [a_sample(NOW_MS), a_sample(NOW_MS + HOUR_MS)]

    assert (
        cortex.receive([*ahead, a_sample(NOW_MS, name="b")], NOW_MS, headers=TENANT).status == 400
    )
    assert len(cortex.stored) == 1


def test_a_thanos_whose_clock_is_ahead_takes_nothing_of_a_fresh_pass() -> None:
    thanos = Thanos()

    assert thanos.receive(a_report(0)[-1], NOW_MS + 2 * HOUR_MS).status == 409
    assert len(thanos.stored) == 0


@pytest.mark.parametrize(
    ("model", "name"), [(Thanos(), "THANOS-TENANT"), (Cortex(), "X-Scope-OrgID")]
)
def test_one_tenant_does_not_age_the_samples_of_another(model: Thanos | Cortex, name: str) -> None:
    model.receive([a_sample(NOW_MS + 5 * MINUTE_MS)], NOW_MS, headers={name: "a"})
    answer = model.receive([a_sample(NOW_MS - HOUR_MS)], NOW_MS, headers={name: "b"})

    assert answer.status == 200
    assert model.tenants.keys() == {"a", "b"}
    assert len(model.stored) == 2


def test_cortex_wants_a_tenant() -> None:
    assert Cortex().receive([a_sample(NOW_MS)], NOW_MS) == Answer(
        401, {"Content-Type": "text/plain; charset=utf-8"}, b"no org id\n"
    )


@pytest.mark.parametrize(("model", "retry_after"), [(Cortex(), None), (Mimir(), "6")])
def test_without_ingesters_it_is_a_plain_500(model: Cortex, retry_after: str | None) -> None:
    model.has_ingesters = False
    answer = model.receive([a_sample(NOW_MS)], NOW_MS, headers=TENANT)

    assert (answer.status, answer.headers.get("Retry-After")) == (500, retry_after)
    assert len(model.stored) == 0


def test_a_request_beyond_the_burst_is_refused_for_ever_and_a_smaller_one_after_a_while() -> None:
    cortex = Cortex(window_ms=7 * DAY_MS, burst=200, rate=10)
    large, small = a_request(HALF_PAST[-20:]), a_request(HALF_PAST[-10:])

    def status(samples: list[Sample], minutes: int) -> int:
        return cortex.receive(samples, NOW_MS + minutes * MINUTE_MS, headers=TENANT).status

    assert [status(large, minutes) for minutes in range(3)] == [429] * 3
    assert [status(small, minutes) for minutes in (3, 3, 4)] == [200, 429, 200]


def test_victoria_metrics_keeps_an_identical_resend_twice() -> None:
    victoria = VictoriaMetrics()
    for value in (1.0, 1.0, 2.0):
        victoria.receive([a_sample(NOW_MS, value)], NOW_MS)

    assert list(victoria.stored.values()) == [2.0]
    assert sorted(victoria.copies.values()) == [1, 2]


def a_telemeter() -> Telemeter:
    return Telemeter(Thanos(), {"a_metric"})


def test_telemeter_drops_what_is_not_allowed_and_tells_nobody() -> None:
    telemeter = a_telemeter()
    both = [a_sample(NOW_MS), a_sample(NOW_MS, name="not_allowed")]

    assert telemeter.receive(both, NOW_MS, headers=BEARER).status == 200
    assert len(telemeter.stored) == 1
    assert telemeter.receive(both[1:], NOW_MS, headers=BEARER).status == 400


def test_telemeter_wants_an_id_in_each_series() -> None:
    anonymous = a_sample(NOW_MS)._replace(series=(("__name__", "a_metric"),))
    request = [a_sample(NOW_MS), anonymous]

    assert a_telemeter().receive(request, NOW_MS, headers=BEARER).status == 400


def test_telemeter_tells_who_is_away_behind_it() -> None:
    telemeter, request = a_telemeter(), [a_sample(NOW_MS)]

    def status(size_bytes: int = 1000) -> int:
        return telemeter.receive(request, NOW_MS, size_bytes=size_bytes, headers=BEARER).status

    assert telemeter.receive(request, NOW_MS).status == 401
    assert (status(131_071), status(131_072)) == (200, 413)
    telemeter.is_cut_off = True
    assert status() == 502
    telemeter.has_authoriser = False
    assert status() == 401


def test_telemeter_may_store_what_it_answers_502_to() -> None:
    telemeter = a_telemeter()
    telemeter.is_slow = True

    assert telemeter.receive([a_sample(NOW_MS)], NOW_MS, headers=BEARER).status == 502
    assert len(telemeter.stored) == 1


def test_a_portal_shows_its_page_or_the_way_to_it() -> None:
    page = CaptivePortal().receive([], NOW_MS)
    way = CaptivePortal(redirects=True).receive([], NOW_MS)

    assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert (way.status, way.headers["Location"]) == (302, "http://portal.example/login")


@pytest.mark.parametrize(
    ("form", "told"), [("seconds", "90"), ("date", "Wed, 18 Nov 2026 11:08:09 GMT")]
)
def test_a_gateway_says_how_long_it_maintains(form: Literal["seconds", "date"], told: str) -> None:
    gateway = Gateway(VictoriaMetrics(), retry_after=form)
    gateway.maintains_until_ms = NOW_MS + 89_500

    assert gateway.receive([a_sample(NOW_MS)], NOW_MS).headers["Retry-After"] == told
    assert gateway.receive([a_sample(NOW_MS)], NOW_MS + 90_000).status == 204


def test_a_gateway_limits_a_request() -> None:
    gateway = Gateway(VictoriaMetrics(), max_passes=8, max_samples=100, closes=True)
    passes = [gateway.receive(a_request(HALF_PAST[:count]), NOW_MS).status for count in (8, 9)]
    times = [gateway.receive(a_request(HALF_PAST[:9], ["a"]), NOW_MS)]

    assert passes == [204, 413]
    assert [(each.status, each.headers["Connection"]) for each in times] == [(502, "close")]


@pytest.mark.parametrize(
    ("fault", "stored"),
    [
        (Loss.REFUSED, 0),
        (Loss.RESET, 0),
        (Loss.HANG, 0),
        (Loss.VANISH, 1),
        (Answer(503), 0),
        (None, 1),
    ],
)
def test_an_outage_loses_a_request_or_its_answer(fault: Loss | Answer | None, stored: int) -> None:
    outage = Outage(VictoriaMetrics())
    outage.fault = fault
    met = outage.exchange([a_sample(NOW_MS)], NOW_MS)

    assert met == (fault or Answer(204))
    assert len(outage.model.stored) == stored


def test_an_outage_can_lose_single_answers() -> None:
    outage = Outage(VictoriaMetrics())
    outage.lost_answers = 1
    met = [outage.exchange([a_sample(NOW_MS + each)], NOW_MS) for each in range(2)]

    assert met == [Loss.VANISH, Answer(204)]
    assert len(outage.model.stored) == 2
