"""What a day may cost on a metered link: the dearest of many that were drawn, outages and all."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from statistics import median

from tests.bench.results import Part
from tests.search.plan import A_DAY, plan_from
from tests.search.quick.run import run
from tests.search.run import Record

DAYS = 28.0
RUNS, SHORT_RUNS = 60, 1
HEAD_BYTES = 500
"""Of HTTP, request and answer: 350 and a status line with some headers."""
HANDSHAKE_BYTES = 5_000
"""Of TCP and TLS 1.3 both ways, with a public CA's chain of three certificates."""
REFUSED_BYTES = 120
"""A SYN and its RST."""


@dataclass(frozen=True, slots=True, order=True)
class Day:
    """What went over the wire on one day of a run."""

    bytes: int
    requests: int
    connections: int
    product: str
    seed: int


def measure(*, short: bool) -> Part:
    """Live weeks before model receivers at the default intervals."""
    part, runs = Part("metered"), SHORT_RUNS if short else RUNS
    days = [day for seed in range(runs) for day in _days(seed)]
    dearest = max(days)
    part.add("days", "days that were drawn", len(days), "days", f"{runs} runs of {DAYS:g}")
    part.add("median", "bytes of a day, median", median(day.bytes for day in days), "B")
    part.add(
        "most",
        "bytes of a day, the most",
        dearest.bytes,
        "B",
        f"seed {dearest.seed}, {dearest.product}: {dearest.requests} requests over "
        f"{dearest.connections} connections",
    )
    part.add("requests", "requests of a day, the most", max(d.requests for d in days), "requests")
    part.notes.append(
        "The real sender before the models of receivers, in weeks of `make search`: outages of "
        "every kind, edits, restarts, power cuts, requests for a report; at the default "
        f"intervals. To the bodies come {HEAD_BYTES} bytes of HTTP a request, {HANDSHAKE_BYTES:,} "
        f"of TCP and TLS a connection, {REFUSED_BYTES} where one is refused; what TCP sends twice "
        "is not counted."
    )
    return part


def _days(seed: int) -> Iterator[Day]:
    plan = replace(plan_from(seed, DAYS), sampling="1h", sending="24h")
    record = run(plan)
    sent, requests, connections = Counter[int](), Counter[int](), Counter[int]()
    for exchange in record.exchanges:
        sent[int(exchange.at // A_DAY)] += exchange.bytes + HEAD_BYTES
        requests[int(exchange.at // A_DAY)] += 1
    for at, is_open in _connects(record):
        sent[int(at // A_DAY)] += HANDSHAKE_BYTES if is_open else REFUSED_BYTES
        connections[int(at // A_DAY)] += is_open
    for day in range(int(DAYS)):
        yield Day(sent[day], requests[day], connections[day], plan.product_name, seed)


def _connects(record: Record) -> Iterator[tuple[float, bool]]:
    """Give when a connection was tried, and whether it was there: a request followed on it."""
    tried = [at for at, _ in record.connects]
    used = {bisect_right(tried, exchange.at) - 1 for exchange in record.exchanges}
    for number, at in enumerate(tried):
        yield at, number in used
