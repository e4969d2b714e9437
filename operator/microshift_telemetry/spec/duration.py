"""Go-style durations, as Kubernetes writes them: `90m`, `24h`, `1h30m`."""

import re
from datetime import timedelta

from microshift_telemetry.errors import excerpt

_PARTS = {
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
    "ms": timedelta(milliseconds=1),
}
_PART = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(ms|h|m|s)", re.ASCII)


def parse_duration(text: str) -> timedelta:
    """Parse `1h30m`, `90m`, `0.5h`.

    Raises:
        ValueError: the text is not a duration in hours, minutes, seconds and milliseconds.
    """
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"{excerpt(repr(text))} is not a duration like 90m or 24h")
    try:
        return sum((float(number) * _PARTS[unit] for number, unit in parts), timedelta())
    except OverflowError as error:
        raise ValueError(f"{excerpt(repr(text))} is too long") from error


def format_duration(duration: timedelta) -> str:
    """Write a duration in the units it needs: `24h`, `1h30m`, `45s`."""
    seconds = round(duration.total_seconds())
    hours, minutes, seconds = seconds // 3600, seconds // 60 % 60, seconds % 60
    written = "".join(
        f"{number}{unit}"
        for number, unit in ((hours, "h"), (minutes, "m"), (seconds, "s"))
        if number
    )
    return written or "0s"
