"""The last reports as they were sent, over HTTP, beside the preview."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from aiohttp import web

from microshift_telemetry.buffer.history_file import KeptRequest
from microshift_telemetry.clock import moment
from microshift_telemetry.controller.telemetry import Telemetry
from microshift_telemetry.controller.transports import transport_of
from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.pages import name_in, refusal, stream
from microshift_telemetry.report.exposition import exposition
from microshift_telemetry.spec.effective import DEFAULT_REPORT_HISTORY
from microshift_telemetry.status.body import timestamp

HISTORY_PATH = "/history"
NOT_OPEN = "the history can't be read"
OPTED_OUT = "opted out: what was sent is not kept"


@dataclass(frozen=True, slots=True)
class Shown:
    """What there is of one object."""

    name: str
    limit: int
    note: str
    """Why something is not there; empty while all is."""
    reports: list[list[KeptRequest]]
    """Oldest first, each with its requests."""


class HistoryPage:
    """Serves `GET /history?name=cluster`: text, or JSON to who accepts it."""

    def __init__(self, named: Callable[[str], Telemetry]) -> None:
        """Find an object by `named`."""
        self._named = named

    @property
    def route(self) -> web.RouteDef:
        """Where it is."""
        return web.get(HISTORY_PATH, self._show)

    async def _show(self, request: web.Request) -> web.StreamResponse:
        try:
            shown = await shown_of(self._named(name_in(request)))
        except TelemetryError as error:
            return refusal(error)
        return await stream(request, partial(as_text, shown), partial(as_json, shown))


async def shown_of(telemetry: Telemetry) -> Shown:
    """Read what there is of an object; a spec that can't be used asks for the default.

    Raises:
        TelemetryError: the disk does not answer.
    """
    name, spec, store = telemetry.config.name, telemetry.newest, telemetry.parts.store
    if spec is not None and not spec.enabled:
        return Shown(name, 0, OPTED_OUT, [])
    limit = DEFAULT_REPORT_HISTORY if spec is None else spec.report_history_limit
    note = store.history.note if store.is_open else f"{NOT_OPEN}: {store.note or 'not read yet'}"
    return Shown(name, limit, note, await store.history.read(limit))


def as_text(shown: Shown) -> Iterator[str]:
    """Write the exposition format, with comments on when each request went where."""
    yield f"# {shown.name}: the reports that were sent, oldest first\n"
    if shown.note:
        yield f"# {shown.note}\n"
    elif not shown.reports:
        yield f"# {_why_none(shown)}\n"
    for number, report in enumerate(shown.reports, start=1):
        yield f"#\n# report {number} of {len(shown.reports)}\n"
        for sent in report:
            yield f"# {_time(sent.time_ms)} POST {sent.url}: {len(sent.body)} bytes\n"
            yield f"# {_answer(sent)}\n"
            yield from exposition(transport_of(sent.body).decode(sent.body))


def as_json(shown: Shown) -> Iterator[str]:
    """Write one JSON object; samples are [ms, value]."""
    head = json.dumps({"name": shown.name, "limit": shown.limit, "note": shown.note})
    yield f'{head[:-1]}, "reports": ['
    for number, report in enumerate(shown.reports):
        yield '{"requests": [' if not number else ', {"requests": ['
        for at, sent in enumerate(report):
            yield (", " if at else "") + json.dumps(_fields(sent))
        yield "]}"
    yield "]}\n"


def _why_none(shown: Shown) -> str:
    if not shown.limit:
        return "spec.reportHistoryLimit is 0: no report is kept"
    return "none yet: status.nextReportTime says when one is due"


def _answer(sent: KeptRequest) -> str:
    if sent.response is None:
        return "no answer is known"
    return f"answered {sent.response.status_code} at {_time(sent.response.time_ms)}"


def _fields(sent: KeptRequest) -> dict[str, Any]:
    answered = sent.response
    return {
        "time": _time(sent.time_ms),
        "timeMs": sent.time_ms,
        "url": sent.url,
        "bytes": len(sent.body),
        "answer": None
        if answered is None
        else {"statusCode": answered.status_code, "time": _time(answered.time_ms)},
        "series": [
            {"labels": dict(each.labels), "samples": each.samples}
            for each in transport_of(sent.body).decode(sent.body)
        ],
    }


def _time(time_ms: int) -> str:
    return str(timestamp(moment(time_ms)))
