"""The second look: which of the passes that a receiver refused it refuses for good (rule 5)."""

from collections.abc import Callable, Generator
from typing import TypeVar

S = TypeVar("S")
R = TypeVar("R")


def second_look(
    suspects: tuple[int, ...], is_wanted: Callable[[int], Generator[S, R, bool]]
) -> Generator[S, R, tuple[tuple[int, ...], tuple[int, ...]]]:
    """Find by single passes from where on a receiver wants what it refused in larger requests.

    The newest is offered alone, and when that is refused the middle one too: both refused, so is
    all. Else the first that is wanted is found by bisection: a receiver's window has one edge.

    Args:
        suspects: at least one, oldest first. The fresh pass of this round was taken.
        is_wanted: offers one pass.

    Returns:
        What is refused, and what is newer than the first that was taken.
    """
    newest, middle = len(suspects) - 1, (len(suspects) - 1) // 2
    refused_alone: tuple[int, ...] = ()
    low, high = -1, newest
    if not (yield from is_wanted(suspects[newest])):
        if middle == newest or not (yield from is_wanted(suspects[middle])):
            return suspects, ()
        high, refused_alone = middle, suspects[newest:]
    while high - low > 1:
        at = (low + high) // 2
        if (yield from is_wanted(suspects[at])):
            high = at
        else:
            low = at
    end = newest if refused_alone else len(suspects)
    return suspects[: low + 1] + refused_alone, suspects[high + 1 : end]
