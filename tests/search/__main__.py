"""`python -m tests.search`: live many runs and print what was violated, each with its seed."""

import argparse
import logging
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from random import SystemRandom

from tests.search.invariants import violations
from tests.search.plan import Plan, plan_from
from tests.search.products import PRODUCTS
from tests.search.run import run


def main() -> int:
    arguments = _parsed()
    if arguments.seed is not None and arguments.runs == 1:
        _tell(plan_from(arguments.seed, arguments.days, arguments.product))
    first = SystemRandom().randrange(1 << 30) if arguments.seed is None else arguments.seed
    seeds = range(first, first + arguments.runs)
    began, counts, found = time.monotonic(), Counter[str](), 0
    for seed, product, broken in _search(seeds, arguments):
        found += bool(broken)
        counts.update({line.split()[0] for line in broken})
        for line in broken:
            print(f"seed {seed} {product}: {line}", flush=True)
    seconds = time.monotonic() - began
    days = arguments.runs * arguments.days
    print(f"{arguments.runs} runs from seed {first}, {days:g} days, in {seconds:.0f} s:", end=" ")
    print(f"{found} violate something", dict(sorted(counts.items())))
    return int(found > 0)


def _search(seeds: range, arguments: argparse.Namespace) -> Iterator[tuple[int, str, list[str]]]:
    one = partial(broken_in, days=arguments.days, product=arguments.product)
    if arguments.processes == 1:
        yield from map(one, seeds)
        return
    with ProcessPoolExecutor(arguments.processes) as pool:
        yield from pool.map(one, seeds)


def broken_in(seed: int, *, days: float, product: str | None) -> tuple[int, str, list[str]]:
    """Live one run; give its seed, its product and what it violates."""
    logging.disable(logging.WARNING)
    plan = plan_from(seed, days, product)
    try:
        return seed, plan.product_name, [str(each) for each in violations(run(plan))]
    except Exception as error:  # noqa: BLE001  # the search goes on, and this seed is one to repeat
        return seed, plan.product_name, [f"error {type(error).__name__}: {error}"]


def _tell(plan: Plan) -> None:
    print(f"{plan.product_name}, {plan.sending}/{plan.sampling}, aggregation {plan.aggregation}")
    for at, event in plan.events:
        print(f"  {at / 3600:6.2f} h  {event}")


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.search", description=__doc__)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--seed", type=int, help="of the first run; the others count on from it")
    parser.add_argument("--days", type=float, default=3.0, help="length of a run")
    parser.add_argument("--product", choices=sorted(PRODUCTS), help="one for all runs")
    parser.add_argument("--processes", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
