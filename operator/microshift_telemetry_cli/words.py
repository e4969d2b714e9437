"""Times, counts and sizes as a person says them, and paragraphs of 80 columns."""

from __future__ import annotations

import textwrap
from datetime import datetime, timezone

COLUMNS = 80

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def parse_time(text: object) -> datetime | None:
    """Read a time of an object (RFC 3339); None when it is absent or no time."""
    if not isinstance(text, str):
        return None
    try:
        # Python 3.10 and older don't know the Z.
        at = datetime.fromisoformat(text[:-1] + "+00:00" if text.endswith("Z") else text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=timezone.utc)


def span(seconds: float) -> str:
    """Say how long something takes, in the one unit that fits."""
    if seconds < 2 * _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < 2 * _HOUR:
        return f"{seconds // _MINUTE:.0f} min"
    if seconds < 2 * _DAY:
        return f"{seconds // _HOUR:.0f} h"
    return f"{seconds // _DAY:.0f} d"


def relative(at: datetime, now: datetime) -> str:
    """Say when something was or will be: `3 h ago`, `in 21 h`."""
    seconds = (at - now).total_seconds()
    return f"{span(abs(seconds))} ago" if seconds <= 0 else f"in {span(seconds)}"


def timestamp(at: datetime) -> str:
    """Write a time to the second, as objects have it (RFC 3339)."""
    return f"{at.astimezone(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"


def moment(at: datetime) -> str:
    """Write a time to the minute."""
    return f"{at.astimezone(timezone.utc):%Y-%m-%d %H:%M} UTC"


def count(number: int, noun: str) -> str:
    """Say how many: `1 sample`, `2,345 samples`."""
    plural = noun if noun.endswith("series") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"


def size(number: int) -> str:
    """Say how many bytes."""
    if number < 1000:
        return count(number, "byte")
    for unit in ("kB", "MB"):
        number_of_unit = number / 1000
        if number_of_unit < 1000:
            return f"{number_of_unit:.1f} {unit}"
        number //= 1000
    return f"{number / 1000:.1f} GB"


def paragraph(text: str, indent: int = 0) -> list[str]:
    """Break a text into lines; an address that is longer than a line stays whole.

    What a terminal would obey is made visible: some texts are the words of a foreign server.
    """
    return textwrap.wrap(
        "".join(
            each if each.isprintable() or each.isspace() else "\ufffd" for each in text
        ).strip(),
        COLUMNS,
        initial_indent=" " * indent,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


FIELD_WIDTH = 14


def field(name: str, text: str) -> list[str]:
    """Write a name with a text beside it, which goes on below itself."""
    first, *others = paragraph(text, FIELD_WIDTH + 2) or [""]
    return [f"  {name:<{FIELD_WIDTH}}{first.lstrip()}".rstrip(), *others]
