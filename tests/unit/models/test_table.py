"""What each product stores of a day and of 72 hours: the table that was seen with real ones."""

from collections.abc import Callable

import pytest

from tests.models.cortex import Cortex, Mimir
from tests.models.model import DAY_MS, HOUR_MS, Model
from tests.models.prometheus import Prometheus
from tests.models.telemeter import Telemeter
from tests.models.thanos import Thanos
from tests.models.victoria_metrics import VictoriaMetrics
from tests.unit.models.requests import DYNAMIC, NOW_MS, STATIC, a_report

HEADERS = {"x-scope-orgid": "plant", "authorization": "Bearer e30="}
ALLOWED = {*DYNAMIC[1:], *STATIC[2:]}


def a_telemeter() -> Model:
    return Telemeter(Thanos(), ALLOWED)


@pytest.mark.parametrize(
    ("make", "of_a_day", "of_72_hours", "statuses"),
    [
        pytest.param(Prometheus, 28, 28, {400, 204}, id="Prometheus"),
        pytest.param(
            lambda: Prometheus(window_ms=30 * HOUR_MS), 304, 376, {400, 204}, id="Prometheus-30h"
        ),
        pytest.param(
            lambda: Prometheus(window_ms=30 * HOUR_MS, is_before_2_50=True),
            *(304, 376, {500, 204}),
            id="Prometheus-2.42-30h",
        ),
        pytest.param(Thanos, 28, 28, {409, 200}, id="Thanos"),
        pytest.param(lambda: Thanos(window_ms=30 * HOUR_MS), 304, 376, {409, 200}, id="Thanos-30h"),
        pytest.param(lambda: Thanos(window_ms=7 * DAY_MS), 304, 880, {200}, id="Thanos-7d"),
        pytest.param(Cortex, 28, 28, {400, 200}, id="Cortex"),
        pytest.param(Mimir, 28, 28, {400, 200}, id="Mimir"),
        pytest.param(lambda: Mimir(window_ms=7 * DAY_MS), 304, 880, {200}, id="Mimir-7d"),
        pytest.param(VictoriaMetrics, 304, 880, {204}, id="VictoriaMetrics"),
        pytest.param(
            lambda: VictoriaMetrics(retention_ms=DAY_MS), 304, 304, {204}, id="VictoriaMetrics-1d"
        ),
        pytest.param(a_telemeter, 24, 24, {409, 200}, id="telemeter"),
    ],
)
def test_a_receiver_with_a_present_of_its_own_stores_what_was_seen(
    make: Callable[[], Model], of_a_day: int, of_72_hours: int, statuses: set[int]
) -> None:
    day, outage = make(), make()
    for request in a_report(hours=24):
        day.receive(request, NOW_MS, headers=HEADERS)
    answers = {outage.receive(each, NOW_MS, headers=HEADERS).status for each in a_report(hours=72)}

    assert (len(day.stored), len(outage.stored)) == (of_a_day, of_72_hours)
    assert answers == statuses


def test_an_idle_prometheus_takes_a_day_whole() -> None:
    """The misleading test of every new installation."""
    prometheus = Prometheus(is_busy=False)
    answers = {prometheus.receive(each, NOW_MS).status for each in a_report(hours=24)}

    assert answers == {204}
    assert len(prometheus.stored) == 304
