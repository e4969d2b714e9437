"""Which rounds of a record came to their end."""

from collections.abc import Iterator
from itertools import pairwise
from math import inf

from tests.models.model import Answer
from tests.models.outage import Loss
from tests.search.evidence import attempts, disturbances, is_any, once
from tests.search.plan import A_MINUTE
from tests.search.run import Record
from tests.search.stage import Exchange

A_SECOND = 1.0
"""A retry waits longer, for the most part; the requests of a round follow each other."""
VERDICTS = frozenset({400, 409, 413, 422})
MOST_ERRORS, MOST_WAITS = 4, 8
"""500 stands for old samples in the third round after one that has ended so, and a size that goes
through is found by five halvings."""


@once
def complete_rounds(record: Record) -> list[tuple[float, float]]:
    """Give when rounds began that came to their end, and when a fresh pass was taken in them.

    One that ends waiting did not, but for so many in a row that the sender is to blame; where it
    begins anew it may need as many again. A round in which nothing is fresh, since the newest pass
    was taken a moment ago, goes on with what the one before has learned.
    """
    anew = [at for at, _ in disturbances(record)]
    found, errors, waits, ended = [], 0, 0, 0.0
    for exchanges in _rounds(record):
        taken = list(_taken(exchanges))
        is_waiting = bool(exchanges) and not _is_verdict(exchanges[-1].said)
        if exchanges and is_any(anew, ended, exchanges[-1].at):
            errors = waits = 0
        if any(_is_outage(each) for each in exchanges):  # the sender learns 500 anew
            errors = 0
        errors = errors + 1 if is_waiting and _is_old_error(exchanges[-1]) else 0
        if taken:
            waits = waits + 1 if is_waiting else 0
        if not is_waiting or errors >= MOST_ERRORS or waits >= MOST_WAITS:
            found += taken
        ended = exchanges[-1].at if exchanges else ended
    return found


def _taken(exchanges: list[Exchange]) -> Iterator[tuple[float, float]]:
    """Give when each fresh pass was taken, and when the round began that took it."""
    began = before = -inf
    for each in exchanges:
        if each.at - before > A_SECOND:
            began = each.at
        before = each.at
        if each.is_fresh_taken:
            yield began, each.at


def _is_verdict(said: Answer | Loss) -> bool:
    return isinstance(said, Answer) and (said.status // 100 == 2 or said.status in VERDICTS)


def _is_old_error(exchange: Exchange) -> bool:
    """Tell whether a receiver itself has answered 500."""
    said = exchange.said
    return exchange.is_from_model and isinstance(said, Answer) and said.status == 500


def _is_outage(exchange: Exchange) -> bool:
    """Tell whether something before the receiver has kept a round from its end."""
    return not (_is_verdict(exchange.said) or _is_old_error(exchange))


def _rounds(record: Record) -> Iterator[list[Exchange]]:
    """Give the exchanges of rounds and their retries in the next minute; none of a closed port.

    After a fresh pass was taken only older ones go in the same round.
    """
    exchanges = {each.at: each for each in record.exchanges}
    found: list[Exchange] = []
    for before, at in pairwise([-inf, *attempts(record)]):
        each = exchanges.get(at)
        if at - before > A_MINUTE or (each and _is_newer_than_fresh(each, found)):
            yield found
            found = []
        found += [each] if each else []
    yield found


def _is_newer_than_fresh(exchange: Exchange, before: list[Exchange]) -> bool:
    fresh = [each for each in before if each.is_fresh_taken]
    return any(exchange.newest_ms > each.newest_ms for each in fresh)
