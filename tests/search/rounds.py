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

VERDICTS = frozenset({400, 409, 413, 422})
MOST_WAITS = 8
"""500 stands for old samples in the third round after one that has ended so, and a size that goes
through is found by five halvings."""


@once
def complete_rounds(record: Record) -> list[float]:
    """Give when a fresh pass was taken in a round that came to its end.

    One that ends waiting did not, but for so many in a row that the sender is to blame; where it
    begins anew it may need as many again.
    """
    anew = [at for at, _ in disturbances(record)]
    found, waits, ended = [], 0, 0.0
    for exchanges in _rounds(record):
        taken = [each.at for each in exchanges if each.is_fresh_taken]
        is_waiting = bool(exchanges) and not _is_verdict(exchanges[-1].said)
        if not (is_waiting and taken) or is_any(anew, ended, taken[0]):
            waits = 0
        waits += is_waiting
        if not is_waiting or waits >= MOST_WAITS:
            found += taken
        ended = taken[-1] if taken else ended
    return found


def _is_verdict(said: Answer | Loss) -> bool:
    return isinstance(said, Answer) and (said.status // 100 == 2 or said.status in VERDICTS)


def _rounds(record: Record) -> Iterator[list[Exchange]]:
    """Give the exchanges of rounds and their retries in the next minute; none of a closed port."""
    exchanges = {each.at: each for each in record.exchanges}
    found: list[Exchange] = []
    for before, at in pairwise([-inf, *attempts(record)]):
        if at - before > A_MINUTE:
            yield found
            found = []
        found += [exchanges[at]] if at in exchanges else []
    yield found
