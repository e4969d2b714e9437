"""What the pages have in common: who is asked about, in which form, why there is nothing."""

from collections.abc import Callable, Iterator

from aiohttp import web

from microshift_telemetry.controller.asides import BusyError, CutError
from microshift_telemetry.controller.preview import UnknownNameError
from microshift_telemetry.errors import TelemetryError

DEFAULT_NAME = "cluster"
RETRY_AFTER_SECONDS = 5


def name_in(request: web.Request) -> str:
    """Tell which object is asked about."""
    return request.query.get("name", DEFAULT_NAME)


def wants_json(request: web.Request) -> bool:
    """Tell a program from a person."""
    return "application/json" in request.headers.get("Accept", "")


def refusal(error: TelemetryError) -> web.Response:
    """Say why there is nothing to show.

    404 for a name without an object, and for an object that has opted out or can't be used; 409
    where it was edited meanwhile, 429 while another one is asked, 503 for all else.
    """
    headers = {}
    match error:
        case UnknownNameError():
            status = 404
        case CutError():
            status = 409
        case BusyError():
            status, headers = 429, {"Retry-After": str(RETRY_AFTER_SECONDS)}
        case _:
            status = 503
    return web.Response(status=status, text=f"{error}\n", headers=headers)


async def stream(
    request: web.Request, as_text: Callable[[], Iterator[str]], as_json: Callable[[], Iterator[str]]
) -> web.StreamResponse:
    """Answer with whichever is asked for; no more than a piece of it is held at a time."""
    is_json = wants_json(request)
    response = web.StreamResponse()
    response.content_type = "application/json" if is_json else "text/plain"
    response.charset = "utf-8"
    await response.prepare(request)
    for piece in as_json() if is_json else as_text():
        await response.write(piece.encode("utf-8", errors="replace"))
    await response.write_eof()
    return response
