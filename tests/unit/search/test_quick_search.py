"""Seeds that have found something replayed, and that a broken rule would be found."""

import re
import sys

import pytest

from tests.search import __main__ as search
from tests.search.__main__ import broken_in, main
from tests.search.checks import CHECKS
from tests.search.mutations import MUTATIONS
from tests.search.plan import ANY_UPLOAD, Plan, TokensEnd, plan_from
from tests.search.products import ALL, PRODUCTS, UPLOADS, Product
from tests.search.quick.run import run
from tests.search.run import Record
from tests.unit.search.seeds import FOUND, Seed
from tests.unit.search.test_starts import STARTS_FIRST_SEEDS

RUNS = 200
FIRST_SEEDS = {
    "rule-1": 5016,
    "rule-4": 5001,
    "rule-5": 5010,
    "rule-7": 5394,
    "rule-7-late": 6902,
    "rule-8": 5005,
    "rule-12": 7100,
}
"""Chosen so that little time is spent before something is found."""
UPLOADS_FIRST_SEEDS = {"upload-gap": 8, "upload-token": 10, "upload-mean": 1}
DAYS = 2.0


@pytest.mark.parametrize("found", FOUND, ids=str)
def test_a_seed_that_has_found_something_finds_nothing_any_more(found: Seed) -> None:
    assert broken_in(found.seed, days=found.days, product=found.product).broken == []


def test_every_broken_rule_is_looked_for() -> None:
    assert {*FIRST_SEEDS, *UPLOADS_FIRST_SEEDS, *STARTS_FIRST_SEEDS} == MUTATIONS.keys()


@pytest.mark.parametrize(("rule", "seed"), UPLOADS_FIRST_SEEDS.items())
def test_an_upload_without_a_rule_is_found(rule: str, seed: int) -> None:
    broken = broken_in(seed, days=DAYS, product=ANY_UPLOAD, mutation=rule).broken

    assert [line.split()[0] for line in broken if not line.startswith("error")]
    assert broken_in(seed, days=DAYS, product=ANY_UPLOAD).broken == []


@pytest.mark.parametrize("product", ALL.values())
def test_what_a_product_leaves_out_is_a_check_and_has_a_reason(product: Product) -> None:
    known = {check.__name__ for checks in CHECKS.values() for check in checks}

    assert product.left_out.keys() < known
    assert all(product.left_out.values())


@pytest.mark.parametrize("seed", range(20))
def test_uploads_are_drawn_apart(seed: int) -> None:
    """A seed means the same for all other receivers, with uploads or without."""
    before = plan_from(seed, DAYS)
    uploads = plan_from(seed, DAYS, ANY_UPLOAD)

    assert plan_from(seed, DAYS) == before
    assert before.product_name in PRODUCTS
    assert uploads.product_name in UPLOADS
    assert not any(isinstance(event, TokensEnd) for _, event in before.events)


@pytest.mark.parametrize("rule", FIRST_SEEDS)
def test_a_sender_without_a_rule_is_found(rule: str) -> None:
    first = FIRST_SEEDS[rule]
    seeds = range(first, first + RUNS)
    assert any(_violations(seed, rule) and not broken_in(seed, days=DAYS).broken for seed in seeds)


def _violations(seed: int, rule: str) -> list[str]:
    """Give what a sender without a rule violates; that it has no end at all shows nothing."""
    broken = broken_in(seed, days=DAYS, mutation=rule).broken
    return [line for line in broken if not line.startswith("error")]


def test_a_seed_replays_a_run_exactly() -> None:
    plan = plan_from(5005, DAYS)
    one, again = run(plan), run(plan)
    assert one.exchanges
    assert one.exchanges == again.exchanges
    assert one.statuses == again.statuses
    assert one.happened == again.happened


def test_a_violation_comes_with_the_command_that_repeats_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def told(command: str) -> str:
        monkeypatch.setattr(sys, "argv", command.split())
        assert main() == 1
        return capsys.readouterr().out

    many = told("tests.search --quick --days 2 --seed 5009 --runs 2 --mutation rule-5")
    [line] = re.findall(r"^seed 5010 .*", many, re.MULTILINE)
    [command] = re.findall(r"to repeat it: python -m (.* --seed 5010 .*)", many)

    assert line in told(command)


def test_what_is_only_told_ends_well(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = "tests.search --quick --days 2 --seed 5010 --mutation rule-5 --tell"
    monkeypatch.setattr(sys, "argv", command.split())

    assert main() == 0
    assert "seed 5010" in capsys.readouterr().out


@pytest.mark.parametrize("runs", [1, 0])
def test_a_search_that_did_not_run_never_ends_well(
    runs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_plan: Plan) -> Record:
        raise ZeroDivisionError

    monkeypatch.setattr(search, "run_quickly", broken)
    command = f"tests.search --quick --seed 5010 --runs {runs} --tell"
    monkeypatch.setattr(sys, "argv", command.split())

    assert main() == 1
