"""The preview of the next report, for who may forward a port to the pod.

It has an address of its own, since what it shows is nobody else's business: by default loopback.
"""

import json
from collections.abc import Awaitable, Callable, Iterable, Iterator
from functools import partial

from aiohttp import web

from microshift_telemetry.controller.preview import NoPreviewError, Preview, UnknownNameError
from microshift_telemetry.report.exposition import exposition
from microshift_telemetry.streaming import stream

PREVIEW_PATH = "/preview"
DEFAULT_NAME = "cluster"


async def serve_preview(
    host: str | None,
    port: int,
    preview: Callable[[str], Awaitable[Preview]],
    more_pages: Iterable[web.RouteDef] = (),
) -> web.AppRunner:
    """Serve `GET /preview?name=cluster`: the report as text, or as JSON to who accepts it.

    404 for a name without an object, and for an object that has opted out or can't be used; 503
    where nothing was read yet; the text says why. What an object would send is shown also where it
    may not, such as to the destination of an older one, with what its condition Reporting says.

    Raises:
        OSError: the address can't be listened on.
    """

    async def show(request: web.Request) -> web.StreamResponse:
        try:
            shown = await preview(request.query.get("name", DEFAULT_NAME))
        except UnknownNameError as error:
            return web.Response(status=404, text=f"{error}\n")
        except NoPreviewError as error:
            return web.Response(status=503, text=f"{error}\n")
        return await stream(request, partial(as_text, shown), partial(as_json, shown))

    app = web.Application()
    app.router.add_get(PREVIEW_PATH, show)
    app.router.add_routes(more_pages)
    runner = web.AppRunner(app, access_log=None, handle_signals=False)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    return runner


def as_text(preview: Preview) -> Iterator[str]:
    """Write the exposition format, with comments on where each request goes."""
    yield f"# {preview.name}: the next report, as it would be sent now\n"
    yield f"# Reporting: {preview.reporting.reason}: {preview.reporting.message}\n"
    yield f"# POST {preview.url}\n"
    yield from (f"# {name}: {value}\n" for name, value in sorted(preview.headers.items()))
    count = 0
    for count, series in enumerate(preview.requests(), start=1):
        samples = sum(len(each.samples) for each in series)
        yield f"#\n# request {count}: {len(series)} series, {samples} samples\n"
        yield "".join(exposition(series))
    if not count:
        yield "#\n# nothing waits: what was read so far is delivered\n"


def as_json(preview: Preview) -> Iterator[str]:
    """Write one JSON object; times in ms."""
    destination = {"method": "POST", "url": preview.url, "headers": dict(preview.headers)}
    reporting = {"reason": preview.reporting.reason, "message": preview.reporting.message}
    head = json.dumps({"name": preview.name, "reporting": reporting, "destination": destination})
    yield f'{head[:-1]}, "requests": ['
    separator = ""
    for series in preview.requests():
        shown = [{"labels": dict(each.labels), "samples": each.samples} for each in series]
        yield separator + json.dumps({"series": shown})
        separator = ", "
    yield "]}\n"
