"""Starts of MicroShift in the search: told once and right, and a broken rule would be found."""

import pytest

from tests.search.__main__ import broken_in
from tests.search.plan import Plan, plan_from
from tests.search.products import PRODUCTS, STARTS
from tests.search.run import run
from tests.search.starts import told

STARTS_FIRST_SEEDS = {"start-told": 3, "start-pushed": 3, "start-before": 3, "start-soon": 3}
FOUND_BY = {
    "start-told": "S1",
    "start-pushed": "S1",
    "start-before": "S2",
    "start-soon": "S3",
}
DAYS = 1.5


def a_plan(product: str, seed: int) -> Plan:
    return plan_from(seed, DAYS, product)


@pytest.mark.parametrize("product", STARTS)
@pytest.mark.parametrize("seed", [3, 7])
def test_starts_are_told_once_and_right(product: str, seed: int) -> None:
    assert broken_in(seed, days=DAYS, product=product).broken == []


@pytest.mark.parametrize("product", STARTS)
def test_most_starts_are_told(product: str) -> None:
    record = run(a_plan(product, 7))

    assert len(record.starts) > 4
    assert len(told(record)) > len(record.starts) / 2


@pytest.mark.parametrize(("rule", "seed"), STARTS_FIRST_SEEDS.items())
def test_a_start_that_is_told_without_a_rule_is_found(rule: str, seed: int) -> None:
    product = "starts-gateway" if rule == "start-pushed" else "starts"

    broken = broken_in(seed, days=DAYS, product=product, mutation=rule).broken

    assert FOUND_BY[rule] in {line.split()[0] for line in broken}


@pytest.mark.parametrize("seed", range(5))
def test_starts_are_drawn_apart(seed: int) -> None:
    """A seed means the same for all other receivers, with starts or without."""
    before = plan_from(seed, DAYS)

    starts = a_plan("starts", seed)

    assert plan_from(seed, DAYS) == before
    assert before.product_name in PRODUCTS
    assert {*before.events} < {*starts.events}
