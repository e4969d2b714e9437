"""The preview of the next report, for who may forward a port to the pod.

It has an address of its own, since what it shows is nobody else's business: by default loopback.
"""

import json
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import asdict
from functools import partial

from aiohttp import web

from microshift_telemetry.clock import moment
from microshift_telemetry.controller.preview import Preview, ShownPush
from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.pages import name_in, refusal, stream
from microshift_telemetry.report.exposition import exposition
from microshift_telemetry.report.report import TimeSeries

PREVIEW_PATH = "/preview"
NEXT_REPORT = "the next report, as it would be sent now"
DRY_RUN = "a dry run: its first report, read for this answer alone; nothing is stored or sent"
NOTHING_WAITS = "nothing waits: what was read so far is delivered"
A_PUSH = "a push to the gateway, once per start of MicroShift"
NOTHING_READ = "nothing would be sent: no series was read"

Look = Callable[[str], Awaitable[Preview]]
"""Shows a report of the object of a name."""


async def serve_preview(
    host: str | None,
    port: int,
    preview: Look,
    more_pages: Iterable[web.RouteDef] = (),
    *,
    dry_run: Look,
) -> web.AppRunner:
    """Serve `GET /preview?name=cluster`: the report as text, or as JSON to who accepts it.

    What an object would send is shown also where it may not, such as to the destination of an older
    one, with what its condition Reporting says. With `dry-run=true` the report is read for this
    answer alone, also of an object that has opted out or is not there. `refusal` has what is
    answered where there is nothing to show.

    Raises:
        OSError: the address can't be listened on.
    """

    async def show(request: web.Request) -> web.StreamResponse:
        name, mode = name_in(request), request.query.get("dry-run", "false")
        if mode not in {"true", "false"}:
            return web.Response(status=400, text="dry-run is true or false\n")
        try:
            shown = await (dry_run if mode == "true" else preview)(name)
        except TelemetryError as error:
            return refusal(error)
        return await stream(request, partial(as_text, shown), partial(as_json, shown))

    app = web.Application()
    app.router.add_get(PREVIEW_PATH, show)
    app.router.add_routes(more_pages)
    runner = web.AppRunner(app, access_log=None, handle_signals=False)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    return runner


def as_text(preview: Preview) -> Iterator[str]:
    """Write the exposition format, with comments on where each request goes, and its times."""
    what = DRY_RUN if preview.is_dry_run else NEXT_REPORT
    yield f"# {preview.name}: {what}\n"
    if preview.reporting is not None:
        yield f"# Reporting: {preview.reporting.reason}: {preview.reporting.message}\n"
    yield from (f"# note: {note}\n" for note in preview.notes)
    yield from (f"# not read: {source}: {why}\n" for source, why in preview.failures.items())
    yield f"# POST {preview.url}\n"
    yield from (f"# {name}: {value}\n" for name, value in sorted(preview.headers.items()))
    count = 0
    for count, series in enumerate(preview.requests(), start=1):
        samples = sum(len(each.samples) for each in series)
        yield f"#\n# request {count}: {len(series)} series, {samples} samples\n"
        yield "".join(f"# {_time(time_ms)} = {time_ms}\n" for time_ms in _times_ms(series))
        yield "".join(exposition(series))
    if not count:
        yield f"#\n# {NOTHING_READ if preview.is_dry_run else NOTHING_WAITS}\n"
    if preview.push is not None:
        yield from _push_as_text(preview.push)


def _push_as_text(push: ShownPush) -> Iterator[str]:
    yield f"#\n# POST {push.url}\n"
    yield from (f"# {name}: {value}\n" for name, value in sorted(push.headers.items()))
    yield f"# {A_PUSH}: {push.state}\n{push.body}"


def as_json(preview: Preview) -> Iterator[str]:
    """Write one JSON object; samples have their times in ms, which `times` tells as dates."""
    reporting, failures = preview.reporting, preview.failures.items()
    head = json.dumps(
        {
            "name": preview.name,
            "dryRun": preview.is_dry_run,
            "reporting": reporting and {"reason": reporting.reason, "message": reporting.message},
            "notes": preview.notes,
            "failures": [{"source": source, "error": error} for source, error in failures],
            "destination": {
                "method": "POST",
                "url": preview.url,
                "headers": dict(preview.headers),
            },
        }
    )
    yield f'{head[:-1]}, "requests": ['
    separator = ""
    for series in preview.requests():
        times = [{"timeMs": each, "time": _time(each)} for each in _times_ms(series)]
        shown = [{"labels": dict(each.labels), "samples": each.samples} for each in series]
        yield separator + json.dumps({"times": times, "series": shown})
        separator = ", "
    if preview.push is None:
        yield "]}\n"
    else:
        push = json.dumps({"method": "POST", **asdict(preview.push)})
        yield f'], "push": {push}}}\n'


def _times_ms(series: Iterable[TimeSeries]) -> list[int]:
    return sorted({time_ms for each in series for time_ms, _ in each.samples})


def _time(time_ms: int) -> str:
    """Tell a sample's time as RFC 3339 does, to the millisecond."""
    return moment(time_ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")
