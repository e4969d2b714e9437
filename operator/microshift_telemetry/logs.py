"""The log: one line an event, plain or JSON, on standard error."""

import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

ATTEMPT = "Request attempt #"
"""How kopf begins what it says of a request (`kopf._cogs.clients.api`)."""


def about(name: str, **facts: str | float) -> Mapping[str, Any]:
    """Give a logger's `extra` for a line about one object.

    Args:
        name: of the TelemetryConfig; the plain format begins the line with it.
        facts: further fields of the JSON format. The plain format adds the numbers at the end of
            the line, and no text: the message says it.
    """
    return {"fields": {"object": name, **facts}}


def configure_logs(level: int, *, as_json: bool) -> None:
    """Send every logger of the process to standard error in one format.

    kopf says INFO for each success of a handler, which here is every tick of every timer, and
    aiohttp for each probe of the kubelet; both speak from WARNING on.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if as_json else PlainFormatter())
    if level > logging.DEBUG:
        handler.addFilter(without_attempts)
        handler.addFilter(without_foreign_traceback)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("kopf", "aiohttp.access", "asyncio"):
        logging.getLogger(noisy).setLevel(max(level, logging.WARNING))


def without_attempts(record: logging.LogRecord) -> bool:
    """Filter: leave out each request of kopf's that fails, told in Python's words at ERROR.

    An API server that is away is told once, by `kube.outage_log`; one that refuses us for good ends
    the process, with a line of its own.
    """
    return not (record.name.startswith("kopf") and record.getMessage().startswith(ATTEMPT))


def without_foreign_traceback(record: logging.LogRecord) -> bool:
    """Filter: cut the traceback from what kopf says of an API server that refuses or is away.

    That is a neighbour's failure, told in the message; our own bugs are caught in our own ticks.
    """
    if record.name.startswith("kopf"):
        record.exc_info = record.exc_text = None
    return True


class PlainFormatter(logging.Formatter):
    """`2026-11-20T12:00:00.000Z INFO cluster: report delivered (requests=1 …)`."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one event; a traceback follows on lines of its own."""
        fields = _fields(record)
        start = f"{fields['object']}: " if fields else ""
        figures = [f"{key}={fact}" for key, fact in fields.items() if not isinstance(fact, str)]
        end = f" ({' '.join(figures)})" if figures else ""
        line = f"{_timestamp(record)} {record.levelname} {start}{record.getMessage()}{end}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, the fields of `about`, traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one event."""
        event = {
            "time": _timestamp(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **_fields(record),
        }
        if record.exc_info:
            event["traceback"] = self.formatException(record.exc_info)
        return json.dumps(event)


def _fields(record: logging.LogRecord) -> Mapping[str, Any]:
    return getattr(record, "fields", {})


def _timestamp(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
