"""The old and the young part of a backlog on their way (`docs/delivery.md`, rules 2 and 3)."""

from collections.abc import Generator, Iterable

from microshift_telemetry.delivery.exchange import Exchange
from microshift_telemetry.delivery.steps import Reply, Step
from microshift_telemetry.sending.answer import Verdict

YOUNG_MS = 55 * 60_000
"""What is younger will still be young when it arrives."""


def send_old(exchange: Exchange, before_ms: int) -> Generator[Step, Reply, None]:
    """Send what waits before an instant, oldest first (rule 2)."""
    rest = exchange.waiting(before_ms=before_ms)
    while rest:
        batch = exchange.batch(rest)
        match (yield from exchange.offer(batch)):
            case Verdict.TAKEN:
                rest = rest[len(batch) :]
            case Verdict.TOO_LARGE if exchange.blames_size(batch):
                continue
            case Verdict.TOO_LARGE:
                exchange.selection.suspect(rest)
                return
            case _:
                exchange.selection.suspect(batch)
                rest = yield from _search(exchange, rest[len(batch) :])


def _search(exchange: Exchange, rest: tuple[int, ...]) -> Generator[Step, Reply, tuple[int, ...]]:
    """Find the first request that is taken, by bisection; give what comes after it."""
    requests = exchange.selection.requests(rest, exchange.lessons.sizing.size)
    low, high = 0, len(requests)
    while low < high:
        middle = (low + high) // 2
        match (yield from exchange.offer(requests[middle])):
            case Verdict.TAKEN:
                high = middle
            case Verdict.TOO_LARGE if exchange.blames_size(requests[middle]):
                rest = exchange.selection.still_waiting(_joined(requests[low:]))
                return (yield from _search(exchange, rest))
            case _:
                exchange.selection.suspect(_joined(requests[low : middle + 1]))
                low = middle + 1
    return exchange.selection.still_waiting(_joined(requests[high + 1 :]))


def send_young(exchange: Exchange, since_ms: float, fresh_ms: int) -> Generator[Step, Reply, bool]:
    """Send what is younger than an hour, oldest first (rule 3); tell whether there was any."""
    is_any = False
    while times_ms := exchange.waiting(since_ms, fresh_ms):
        is_any, batch = True, exchange.batch(times_ms)
        match (yield from exchange.offer(batch)):
            case Verdict.TAKEN:
                exchange.selection.let_go(batch)
            case Verdict.TOO_LARGE if exchange.blames_size(batch):
                continue
            case Verdict.TOO_LARGE:
                exchange.selection.suspect(times_ms)
            case _:
                younger = tuple(each for each in batch if each >= exchange.now_ms - YOUNG_MS)
                if younger not in {(), batch}:
                    yield from exchange.offer(younger)
                exchange.selection.suspect(exchange.selection.still_waiting(batch))
    return is_any


def _joined(requests: Iterable[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(time_ms for request in requests for time_ms in request)
