"""How a program that speaks to a person ends: on Ctrl-C in order, and then as the shell expects."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def interrupt_on_every_signal() -> None:
    """Make each signal that ends a program a `KeyboardInterrupt`."""
    for number in ENDING_SIGNALS:
        signal.signal(number, _interrupt)


def die_of_interrupt() -> NoReturn:
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
