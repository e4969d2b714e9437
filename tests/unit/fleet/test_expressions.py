"""Rules and dashboards ask only for what devices send, and never for the last five minutes."""

import re

from fleet.mixin.names import SENT
from tests.support.promql import selections
from tests.unit.fleet.generated import PAGES, RULES, expressions, page

RECORDED = [rule["record"] for rule in RULES if "record" in rule]


def _unknown(expr: str) -> set[str]:
    return {each.metric for each in selections(_written(expr))} - SENT - set(RECORDED)


def _written(expr: str) -> str:
    """Put values in the place of the variables of a dashboard."""
    return expr.replace("$site", "north").replace("$_id", "some")


def test_every_metric_is_sent_or_recorded() -> None:
    assert {where: found for where, expr in expressions() if (found := _unknown(expr))} == {}


def test_a_metric_that_no_device_sends_is_found() -> None:
    expr = 'sum(max_over_time(cluster:cpu_usage_core:sum{site=~"$site"}[1d])) / sum(up)'

    assert _unknown(expr) == {"cluster:cpu_usage_core:sum", "up"}


def test_every_window_is_given() -> None:
    """An instant selector finds no sample that is an hour old; `timestamp()` has to use one."""
    instant = {
        where
        for where, expr in expressions()
        for each in selections(re.sub(r"timestamp\([^)]*\)\[", "[", _written(expr)))
        if not each.is_range
    }

    assert instant == set()


def test_every_recording_is_used() -> None:
    used = {each.metric for _, expr in expressions() for each in selections(_written(expr))}

    assert set(RECORDED) - used == set()
    assert len(RECORDED) == len(set(RECORDED))


def test_dashboards_use_only_their_own_variables() -> None:
    for name in PAGES:
        variables = {each["name"] for each in page(name)["templating"]["list"]}
        exprs = [expr for where, expr in expressions() if where.startswith(f"{name}: ")]
        used = {found for expr in exprs for found in re.findall(r"\$\{?(\w+)", expr)}

        assert used <= variables, name
        assert used, name
