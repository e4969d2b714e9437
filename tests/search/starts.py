"""What must hold of the starts of MicroShift that are told, seen from outside."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from microshift_telemetry.spec.shaping import INVOCATION
from tests.search.device import Start
from tests.search.evidence import disturbances, once, outages, wishes
from tests.search.plan import A_DAY, A_MINUTE, AN_HOUR, HOSTS, Fault
from tests.search.products import GATEWAY
from tests.search.run import Record
from tests.search.stage import ms

PATIENCE = 600.0
"""From a node's being Ready until its pods should be."""
NEVER_READY = 6 * PATIENCE
FIRST_WORD = 590.0
"""Nothing is told of a start before, and nothing of the one before it after."""
SPLAY = 300.0
LOOKING = 3 * A_MINUTE
"""From a start until it is noticed, and from a result until a pass tells it; a few ticks."""
LONGEST_FAULT = A_DAY
"""Of the gateway, and what follows of it."""
BRIEF = 5 * A_MINUTE
"""A start that lasts no longer may be followed by the next before its version was read."""


@dataclass(frozen=True, slots=True)
class Told:
    """A start as it was told."""

    at: float
    labels: tuple[tuple[str, str], ...]

    def __getitem__(self, name: str) -> str:
        return dict(self.labels).get(name, "")


@once
def told(record: Record) -> list[Told]:
    """Give every start that a receiver or the gateway was told of, in order."""
    stored = {
        (time_ms, series)
        for samples in record.stored.values()
        for series, time_ms in samples
        if ("__name__", INVOCATION) in series
    }
    pushed = [
        (time_ms, tuple(sorted(labels)))
        for time_ms, samples in record.pushes
        for name, labels in samples
        if name == INVOCATION
    ]
    return [Told((each - ms(0)) / 1000, labels) for each, labels in sorted([*stored, *pushed])]


def _told_of(record: Record, number: int) -> list[Told]:
    begins = [at for at, _ in record.starts]
    return [
        each for each in told(record) if bisect_right(begins, each.at - FIRST_WORD) - 1 == number
    ]


def s1_a_start_is_told_at_most_once(record: Record) -> Iterator[tuple[float, str]]:
    """Whatever is edited, restarted, cut off or lost on the way."""
    for number, (at, _) in enumerate(record.starts):
        if len(_told_of(record, number)) > 1:
            yield at, "a start of MicroShift is told twice"


def s2_a_start_is_told_as_it_went(record: Record) -> Iterator[tuple[float, str]]:
    """Its version, the one before it, how long it took, and what came of it."""
    for number, (_, start) in enumerate(record.starts):
        for each in _told_of(record, number):
            before = each["from_version"]
            expected = {
                "version": start.version,
                "result": _result(start),
                "duration": _duration(start),
                "command": _command(before, start.version, is_first=number == 0),
            }
            wrong = {name: each[name] for name, right in expected.items() if each[name] != right}
            if wrong:
                yield each.at, f"{wrong} is told of {start}"
            if before not in _versions_before(record, number):
                yield each.at, f"{before!r} is told to be the version before {start}"


def s3_a_start_is_told(record: Record) -> Iterator[tuple[float, str]]:
    """One in which nothing but MicroShift changes is told soon after its result is known."""
    ends = [at for at, _ in record.starts[1:]] + [record.ended]
    for number, ((at, start), end) in enumerate(zip(record.starts, ends, strict=True)):
        ready = start.ready_seconds
        known = NEVER_READY if ready is None else ready + PATIENCE
        until = at + known + SPLAY + LOOKING
        if until > end or _is_disturbed(record, at, until):
            continue
        if not any(_arrived(record, each) <= until for each in _told_of(record, number)):
            yield at, f"{start} is not told within {(until - at) / 60:.0f} min"


def _arrived(record: Record, told_start: Told) -> float:
    """Tell when a start that was told arrived; a push is told when it does."""
    if record.pushes:
        return told_start.at
    time_ms = ms(told_start.at)
    return min(each.at for each in record.exchanges if time_ms in each.times_ms)


def _is_disturbed(record: Record, begin: float, end: float) -> bool:
    begin -= AN_HOUR / 4
    away = [(each.begin, each.end + AN_HOUR / 2) for each in outages(record)]
    away += [
        (at, at + LONGEST_FAULT)
        for at, event in record.happened
        if isinstance(event, Fault) and event.host == GATEWAY and event.name is not None
    ]
    wish = [wish for at, wish in wishes(record) if at <= begin or at == 0.0][-1]
    return (
        any(since < end and begin < until for since, until in [*away, *disturbances(record)])
        or not wish.is_enabled
        or wish.host not in HOSTS[:2]
    )


def _versions_before(record: Record, number: int) -> set[str]:
    """Give the versions that may be told as the one before; "" where none may be known."""
    versions: set[str] = set()
    opt_outs = [at for at, wish in wishes(record) if not wish.is_enabled]
    begin = record.starts[number][0]
    for (at, start), (end, _) in reversed([*pairwise(record.starts[: number + 1])]):
        if any(at < when < begin + A_MINUTE for when in opt_outs):
            versions.add("")
        versions.add(start.version)
        is_seen = not any(at - BRIEF < each < end for each, _ in disturbances(record))
        if end - at > BRIEF and is_seen:
            return versions
    return versions | {""}


def _result(start: Start) -> str:
    if start.ready_seconds is None:
        return "NodeNotReady"
    return "Success" if start.are_pods_ready else "PodsNotReady"


def _duration(start: Start) -> str:
    if start.ready_seconds is None:
        return "60+"
    steps = (2.5 * number for number in range(1, 25))
    return next(f"{step:g}" for step in steps if start.ready_seconds <= step * 60)


def _command(before: str, version: str, *, is_first: bool) -> str:
    if not before:
        return "install" if is_first else "start"
    old, new = ([int(part) for part in each.split(".")] for each in (before, version))
    return "start" if old == new else "upgrade" if old < new else "rollback"
