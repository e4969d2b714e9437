"""Colours, by what they mean; on no terminal there are none."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Style:
    """Marks words. What is marked says the same without its colour."""

    has_colours: bool = False

    def good(self, text: str) -> str:
        """Mark what is well."""
        return self._marked("32", text)

    def bad(self, text: str) -> str:
        """Mark what asks for something to be done."""
        return self._marked("1;31", text)

    def open(self, text: str) -> str:
        """Mark what is not decided yet."""
        return self._marked("33", text)

    def strong(self, text: str) -> str:
        """Mark a heading."""
        return self._marked("1", text)

    def _marked(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.has_colours else text
