"""How a program that speaks to a person ends: on Ctrl-C in order, and then as the shell expects."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from tests.demo.story import Story

ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def played(play: Callable[[], bool], story: Story, failures: tuple[type[Exception], ...]) -> int:
    """Play, and give the exit code: 0 when all is as it should be, 1 when not.

    Interrupted by any signal, it dies of SIGINT once everything is stopped.

    Args:
        play: gives whether all is as it should be, and stops what it started.
        story: hears how it ended, if not well.
        failures: what ends a play that somebody or something disturbs.
    """
    for number in ENDING_SIGNALS:
        signal.signal(number, _interrupt)
    try:
        is_good = play()
    except KeyboardInterrupt:
        story.lines(["", "Interrupted; everything is stopped and nothing is left behind."])
        _die_of_interrupt()
    except failures as error:
        story.bad(f"FAILED after {story.seconds:.0f} s: {error}")
        return 1
    return 0 if is_good else 1


def _die_of_interrupt() -> NoReturn:
    """Die of SIGINT, so that the shell knows."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.raise_signal(signal.SIGINT)
    raise AssertionError("SIGINT is deadly by default")


@contextmanager
def cleaning_up_undisturbed() -> Iterator[None]:
    """Let nothing cut the end short: entered last, it leaves first."""
    try:
        yield
    finally:
        _ignore_ending_signals()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """End on SIGTERM as on Ctrl-C, also where a shell has made its children ignore that.

    Once: a second one would cut short what the first one ends.
    """
    _ignore_ending_signals()
    raise KeyboardInterrupt


def _ignore_ending_signals() -> None:
    for number in ENDING_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
