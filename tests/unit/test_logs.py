"""The log: one line an event, in one of two formats."""

import json
import logging
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from microshift_telemetry.logs import (
    JsonFormatter,
    PlainFormatter,
    about,
    configure_logs,
    without_attempts,
    without_foreign_traceback,
)

NOISY = ("kopf", "aiohttp.access", "asyncio")


@pytest.fixture
def _loggers_as_they_were() -> Iterator[None]:
    loggers = [logging.getLogger(), *(logging.getLogger(name) for name in NOISY)]
    before = [(logger, logger.level, list(logger.handlers)) for logger in loggers]
    yield
    for logger, level, handlers in before:
        logger.setLevel(level)
        logger.handlers[:] = handlers


def _record(name: str = "microshift_telemetry.x", *, failed: bool = False) -> logging.LogRecord:
    error = ValueError("oops")
    exc_info = (ValueError, error, None) if failed else None
    record = logging.LogRecord(name, logging.INFO, "x.py", 1, "sent: n=%d", (3,), exc_info)
    record.created = 1_795_000_000.25
    return record


def test_a_plain_line_has_time_level_and_message() -> None:
    assert PlainFormatter().format(_record()) == "2026-11-18T11:06:40.250Z INFO sent: n=3"


def test_a_plain_traceback_follows_on_lines_of_its_own() -> None:
    first, *_, last = PlainFormatter().format(_record(failed=True)).splitlines()

    assert first.endswith("sent: n=3")
    assert last == "ValueError: oops"


def test_a_json_line_is_one_object() -> None:
    assert json.loads(JsonFormatter().format(_record())) == {
        "time": "2026-11-18T11:06:40.250Z",
        "level": "INFO",
        "logger": "microshift_telemetry.x",
        "message": "sent: n=3",
    }


def test_a_line_about_an_object_has_fields() -> None:
    record = _record()
    record.__dict__.update(about("cluster", reason="OldSamplesRejected", samples=5, seconds=0.25))

    assert json.loads(JsonFormatter().format(record)) == {
        "time": "2026-11-18T11:06:40.250Z",
        "level": "INFO",
        "logger": "microshift_telemetry.x",
        "message": "sent: n=3",
        "object": "cluster",
        "reason": "OldSamplesRejected",
        "samples": 5,
        "seconds": 0.25,
    }


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        (about("cluster"), "cluster: sent: n=3"),
        (about("cluster", reason="Retrying"), "cluster: sent: n=3"),
        (
            about("cluster", requests=1, seconds=0.25),
            "cluster: sent: n=3 (requests=1 seconds=0.25)",
        ),
    ],
)
def test_a_plain_line_begins_with_the_object_and_ends_with_figures(
    extra: Mapping[str, Any], said: str
) -> None:
    record = _record()
    record.__dict__.update(extra)

    assert PlainFormatter().format(record) == f"2026-11-18T11:06:40.250Z INFO {said}"


def test_a_json_traceback_stays_on_the_line() -> None:
    line = JsonFormatter().format(_record(failed=True))

    assert "\n" not in line
    assert json.loads(line)["traceback"].endswith("ValueError: oops")


@pytest.mark.parametrize(("name", "is_kept"), [("kopf.x", False), ("microshift_telemetry", True)])
def test_only_our_own_tracebacks_are_shown(name: str, *, is_kept: bool) -> None:
    record = _record(name, failed=True)

    assert without_foreign_traceback(record)
    assert (record.exc_info is not None) is is_kept


@pytest.mark.parametrize(
    ("name", "message", "is_kept"),
    [
        ("kopf._cogs.clients.watching", "Request attempt #3/9 failed; will retry: GET …", False),
        ("kopf.objects", "Request attempt #9/9 failed; escalating: PATCH …", False),
        ("kopf._core.reactor", "Unresolved resources cannot be served", True),
        ("microshift_telemetry.x", "Request attempt #1", True),
    ],
)
def test_attempts_of_kopf_are_not_shown(name: str, message: str, *, is_kept: bool) -> None:
    record = logging.LogRecord(name, logging.ERROR, "x.py", 1, message, (), None)

    assert without_attempts(record) is is_kept


@pytest.mark.usefixtures("_loggers_as_they_were")
def test_what_speaks_at_every_tick_is_heard_from_warning_on() -> None:
    configure_logs(logging.INFO, as_json=True)

    heard = {name: logging.getLogger(name).isEnabledFor(logging.INFO) for name in NOISY}
    assert heard == dict.fromkeys(NOISY, False)
    assert logging.getLogger("microshift_telemetry").isEnabledFor(logging.INFO)


@pytest.mark.usefixtures("_loggers_as_they_were")
def test_a_log_from_error_on_makes_nothing_louder() -> None:
    configure_logs(logging.ERROR, as_json=False)

    assert not logging.getLogger("kopf").isEnabledFor(logging.WARNING)
