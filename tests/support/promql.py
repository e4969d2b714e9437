"""What a PromQL expression selects, found by its tokens."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
    (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | (?P<number>[0-9][0-9a-z.]*)
    | (?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)
    | (?P<space>\s+)
    | (?P<sign>[-+*/%^=!<>~(){},\[\]:@])
    """,
    re.VERBOSE,
)
_OF_LABELS = frozenset({"by", "without", "on", "ignoring", "group_left", "group_right"})
_WORDS = frozenset({"and", "or", "unless", "offset", "bool", "atan2", "inf", "nan", "start", "end"})


@dataclass(frozen=True, slots=True)
class Selection:
    """One selector of an expression."""

    metric: str
    is_range: bool
    """Whether a window follows it, so that it does not depend on the look-back of the server."""


def selections(expr: str) -> list[Selection]:
    """List the selectors of an expression, in their order.

    Raises:
        ValueError: a character is not PromQL's.
    """
    tokens = list(_tokens(expr))
    found = []
    place = 0
    while place < len(tokens):
        token = tokens[place]
        following = tokens[place + 1] if place + 1 < len(tokens) else ""
        if token == "{":
            raise ValueError(f"{expr}: a selector without a metric")
        if token in _OF_LABELS and following == "(":
            place = _closed(tokens, place + 1)
        elif token == "[":
            place = _closed(tokens, place)
        elif _is_name(token) and token not in _WORDS | _OF_LABELS and not _is_call(tokens, place):
            if following == "{":
                place = _closed(tokens, place + 1)
            found.append(Selection(token, tokens[place + 1 : place + 2] == ["["]))
        place += 1
    return found


def _is_name(token: str) -> bool:
    return token[0].isalpha() or (token[0] in "_:" and len(token) > 1)


def _is_call(tokens: list[str], place: int) -> bool:
    """Tell a function or an aggregation, whose labels may stand in front of its arguments."""
    following = tokens[place + 1 : place + 2]
    return following == ["("] or following in (["by"], ["without"])


def _closed(tokens: list[str], place: int) -> int:
    """Give the place of the bracket that closes the one at a place."""
    pairs = {"(": ")", "{": "}", "[": "]"}
    closing, depth = pairs[tokens[place]], 0
    for at in range(place, len(tokens)):
        depth += (tokens[at] == tokens[place]) - (tokens[at] == closing)
        if not depth:
            return at
    raise ValueError(f"{tokens[place]} is not closed")


def _tokens(expr: str) -> Iterator[str]:
    place = 0
    while place < len(expr):
        match = _TOKEN.match(expr, place)
        if match is None:
            raise ValueError(f"{expr[place : place + 20]}: not PromQL")
        if match.lastgroup != "space":
            yield match.group()
        place = match.end()
