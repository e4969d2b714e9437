"""`python -m tests.search`: live many runs and print what was violated, each with its seed."""

import argparse
import logging
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from random import SystemRandom

from tests.search.checks import violations
from tests.search.evidence import outages
from tests.search.mutations import MUTATIONS, mutated
from tests.search.plan import ANY_UPLOAD, Plan, plan_from
from tests.search.products import ALL
from tests.search.quick.run import run as run_quickly
from tests.search.run import run

TOLD_EACH = 100
"""After so many runs it says that it goes on."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one run."""

    seed: int
    product: str
    outages: int
    broken: list[str]


def main() -> int:
    arguments = _parsed()
    if arguments.seed is not None and arguments.runs == 1:
        _tell(plan_from(arguments.seed, arguments.days, arguments.product))
    first = SystemRandom().randrange(1 << 30) if arguments.seed is None else arguments.seed
    seeds = range(first, first + arguments.runs)
    print(f"from seed {first}:", flush=True)
    began, counts, met = time.monotonic(), Counter[str](), Counter[str]()
    for result in _search(seeds, arguments):
        met.update(runs=1, outages=result.outages, broken=int(bool(result.broken)))
        if met["runs"] % TOLD_EACH == 0:
            print(f"{met['runs']} runs, {time.monotonic() - began:.0f} s", file=sys.stderr)
        counts.update({line.split()[0] for line in result.broken})
        for line in result.broken:
            print(f"seed {result.seed} {result.product}: {line}", flush=True)
        if result.broken and arguments.runs > 1:
            print(f"  to repeat it: {_command(result.seed, arguments)}", flush=True)
    seconds = time.monotonic() - began
    days = met["runs"] * arguments.days
    print(f"{met['runs']} runs, {days:g} days with", end=" ")
    print(f"{met['outages']} outages, in {seconds:.0f} s:", end=" ")
    print(f"{met['broken']} violate something", dict(sorted(counts.items())))
    is_no_search = not met["runs"] or counts["error"] > 0
    return int(is_no_search or (met["broken"] > 0 and not arguments.tell))


def _search(seeds: range, arguments: argparse.Namespace) -> Iterator[Result]:
    one = partial(
        broken_in,
        days=arguments.days,
        product=arguments.product,
        is_quick=arguments.quick,
        mutation=arguments.mutation,
    )
    began = time.monotonic()
    if arguments.processes == 1:
        results: Iterator[Result] = map(one, seeds)
        yield from _in_time(results, began, arguments.minutes)
        return
    with ProcessPoolExecutor(arguments.processes) as pool:
        yield from _in_time(pool.map(one, seeds), began, arguments.minutes)
        pool.shutdown(cancel_futures=True)


def _in_time(results: Iterator[Result], began: float, minutes: float) -> Iterator[Result]:
    for result in results:
        yield result
        if time.monotonic() - began > 60 * minutes:
            return


def broken_in(
    seed: int,
    *,
    days: float,
    product: str | None = None,
    is_quick: bool = True,
    mutation: str | None = None,
) -> Result:
    """Live one run; tell what it violates."""
    plan = plan_from(seed, days, product)
    logging.disable(logging.WARNING)
    try:
        with mutated(mutation):
            is_quick = is_quick and not plan.product.tells_starts
            record = run_quickly(plan) if is_quick else run(plan)
        broken = [str(each) for each in violations(record)]
        return Result(seed, plan.product_name, len(outages(record)), broken)
    except Exception as error:  # noqa: BLE001  # the search goes on, and this seed is one to repeat
        broken = [f"error {type(error).__name__}: {error}"]
        return Result(seed, plan.product_name, 0, broken)
    finally:
        logging.disable(logging.NOTSET)


def _command(seed: int, arguments: argparse.Namespace) -> str:
    """Tell how one of many runs is repeated."""
    wishes = {"product": arguments.product, "mutation": arguments.mutation}
    words = ["python -m tests.search", *(["--quick"] if arguments.quick else [])]
    words += [f"--days {arguments.days:g} --seed {seed}"]
    words += [f"--{name} {value}" for name, value in wishes.items() if value is not None]
    return " ".join(words)


def _tell(plan: Plan) -> None:
    print(f"{plan.product_name}, {plan.sampling}/{plan.sending}, aggregation {plan.aggregation}")
    for at, event in plan.events:
        print(f"  {at / 3600:6.2f} h  {event}")


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.search", description=__doc__)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--seed", type=int, help="of the first run; the others count on from it")
    parser.add_argument("--days", type=float, default=3.0, help="length of a run")
    parser.add_argument("--minutes", type=float, default=1e9, help="begin no run after so long")
    parser.add_argument("--product", choices=[*sorted(ALL), ANY_UPLOAD], help="for all runs")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="without asyncio, sources and HTTP")
    parser.add_argument("--tell", action="store_true", help="say what is violated, and end well")
    parser.add_argument("--mutation", choices=MUTATIONS, help="break a rule of the sender first")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
