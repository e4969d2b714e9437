"""Typed reads of an untyped object; every error names the field by its path."""

from collections.abc import Mapping, Sized
from typing import Any

from microshift_telemetry.errors import excerpt
from microshift_telemetry.spec.errors import SpecError


class Fields:
    """One object of a resource, with the path that leads to it."""

    def __init__(self, value: object, path: str) -> None:
        """Wrap an object; None counts as an empty one.

        Raises:
            SpecError: the value is neither an object nor None.
        """
        if value is not None and not isinstance(value, Mapping):
            raise SpecError(f"{path}: not an object")
        self._value: Mapping[str, Any] = value or {}
        self.path = path

    def has(self, name: str) -> bool:
        """Tell whether a field is given and says something: it is not empty and not false."""
        return bool(self._value.get(name))

    def is_given(self, name: str) -> bool:
        """Tell whether a field is there, whatever it says; null counts as absent."""
        return self._value.get(name) is not None

    def text(self, name: str) -> str | None:
        """Read a text; None when the field is absent or empty.

        Raises:
            SpecError: the field is not a text.
        """
        value = self._value.get(name)
        if value is not None and not isinstance(value, str):
            raise SpecError(f"{self.path}.{name}: not a string")
        return value or None

    def required_text(self, name: str) -> str:
        """Read a text that must be there.

        Raises:
            SpecError: the field is absent, empty or not a text.
        """
        value = self.text(name)
        if value is None:
            raise SpecError(f"{self.path}.{name}: missing")
        return value

    def one_of(self, name: str, *allowed: str) -> str | None:
        """Read a text that is one of a few; None when the field is absent.

        Raises:
            SpecError: it is something else.
        """
        value = self.text(name)
        if value is not None and value not in allowed:
            choice = ", ".join(allowed)
            raise SpecError(f"{self.path}.{name}: {excerpt(repr(value))} is not one of {choice}")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """Read a list of texts; an absent one is empty.

        Raises:
            SpecError: the field is not a list of strings.
        """
        value = self._value.get(name)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise SpecError(f"{self.path}.{name}: not a list of strings")
        return tuple(value)

    def flag(self, name: str) -> bool:
        """Read a yes or no; an absent one is no.

        Raises:
            SpecError: the field is neither.
        """
        value = self._value.get(name)
        if value is not None and not isinstance(value, bool):
            raise SpecError(f"{self.path}.{name}: not a boolean")
        return bool(value)

    def number(self, name: str, most: int) -> int | None:
        """Read a whole number from 0 to `most`; None when the field is absent.

        Raises:
            SpecError: it is something else.
        """
        value = self._value.get(name)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
            raise SpecError(f"{self.path}.{name}: must be a whole number from 0 to {most}")
        return value

    def names(self) -> tuple[str, ...]:
        """Give the names of the fields that are there."""
        return tuple(self._value)

    def text_pairs(self) -> tuple[tuple[str, str], ...]:
        """Read an object whose values are texts that must say something, sorted by name.

        Raises:
            SpecError: a value is absent, empty or not a text.
        """
        return tuple(sorted((name, self.required_text(name)) for name in self._value))

    def object(self, name: str) -> "Fields":
        """Read an object; an absent one is empty.

        Raises:
            SpecError: the field is not an object.
        """
        return Fields(self._value.get(name), f"{self.path}.{name}")

    def given(self, name: str) -> "Fields | None":
        """Read an object that says something by being there, even an empty one; None without it.

        Raises:
            SpecError: the field is not an object.
        """
        return self.object(name) if self.is_given(name) else None

    def objects(self, name: str) -> tuple["Fields", ...]:
        """Read a list of objects; an absent one is empty.

        Raises:
            SpecError: the field is not a list, or something in it is not an object.
        """
        value = self._value.get(name)
        if value is None:
            return ()
        if not isinstance(value, list):
            raise SpecError(f"{self.path}.{name}: not a list of objects")
        return tuple(Fields(each, f"{self.path}.{name}[{at}]") for at, each in enumerate(value))


def refuse_more(path: str, entries: Sized, most: int) -> None:
    """Refuse a list or a map that is too long.

    The schema lets four times as many through: an apply merges what a manifest ships with what an
    admin has added, and MicroShift would try a refused one for ten minutes at every boot.

    Raises:
        SpecError: it has more entries than are allowed.
    """
    if len(entries) > most:
        raise SpecError(
            f"{path}: has {len(entries)} entries, at most {most} are allowed; entries from a "
            "manifest and from later edits add up"
        )
