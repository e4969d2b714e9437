"""1,000 mutants of one kind of input: what the parser makes of each, beside a reference parser."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from tests.unit.mutations.engine import Mutator

Input = TypeVar("Input")

MUTANTS = 1000
ENOUGH = 0.3
"""So many must pass the outer parser, else only that one would be tested."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A reference parser's word that the input is none: any of these documented errors fits."""

    errors: tuple[str, ...]


def refused(*errors: str) -> Refused:
    """Name the documented errors that may be said of an input."""
    return Refused(errors)


@dataclass(frozen=True, slots=True)
class Kind(Generic[Input]):
    """One kind of input, and all that may come of it."""

    mutant: Callable[[Mutator], Input]
    is_outer: Callable[[Input], bool]
    """Whether the outer parser (JSON, base64, a frame's checksum) takes it."""
    reference: Callable[[Input], object]
    """Gives the value, or `Refused`; shares no line with the parser under test."""
    documented: tuple[str, ...]
    """A piece of the text of each documented error."""


class Trial(Generic[Input]):
    """The mutants of one seed, and what came of them so far."""

    def __init__(self, kind: Kind[Input], seed: int) -> None:
        self._kind = kind
        self._seed = seed
        self._hit: Counter[str] = Counter()
        self._outer = self._compared = 0
        mutator = Mutator(seed)
        self.mutants = [kind.mutant(mutator) for _ in range(MUTANTS)]

    def compare(self, mutant: Input, found: object) -> None:
        """Hold what came of a mutant, a value or the text of an error, against the reference."""
        self._outer += self._kind.is_outer(mutant)
        self._compared += 1
        expected = self._kind.reference(mutant)
        if isinstance(expected, Refused) and isinstance(found, Failure):
            fitting = [error for error in expected.errors if error in found.text]
            self._hit.update(fitting[:1])
            is_as_expected = bool(fitting)
        else:
            is_as_expected = found == expected
        assert is_as_expected, (
            f"seed {self._seed}, mutant {self._compared}: {mutant!r} gave {found}, not {expected}"
        )

    def conclude(self) -> None:
        """Check that the mutants have been where they should."""
        missed = set(self._kind.documented) - set(self._hit)
        assert not missed, f"seed {self._seed}: never hit {missed}, but {self._hit}"
        assert set(self._hit) <= set(self._kind.documented)
        assert self._compared == MUTANTS
        assert self._outer >= ENOUGH * MUTANTS, f"seed {self._seed}: {self._outer} of {MUTANTS}"


@dataclass(frozen=True, slots=True)
class Failure:
    """The text of the error that a parser of ours gave; a value's place, so never equal to one."""

    text: str


def try_all(
    kind: Kind[Input],
    seed: int,
    parse: Callable[[Input], object],
    errors: type[Exception] | tuple[type[Exception], ...],
) -> None:
    """Parse every mutant; an error of another class ends the test with its traceback."""
    trial = Trial(kind, seed)
    for mutant in trial.mutants:
        found: object
        try:
            found = parse(mutant)
        except errors as error:
            found = Failure(str(error))
        trial.compare(mutant, found)
    trial.conclude()
