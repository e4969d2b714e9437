"""Pages that may be long, written piece by piece: as text, or as JSON to who accepts it."""

from collections.abc import Callable, Iterator

from aiohttp import web


async def stream(
    request: web.Request, as_text: Callable[[], Iterator[str]], as_json: Callable[[], Iterator[str]]
) -> web.StreamResponse:
    """Answer with whichever is asked for; no more than a piece of it is held at a time."""
    is_json = "application/json" in request.headers.get("Accept", "")
    response = web.StreamResponse()
    response.content_type = "application/json" if is_json else "text/plain"
    response.charset = "utf-8"
    await response.prepare(request)
    for piece in as_json() if is_json else as_text():
        await response.write(piece.encode("utf-8", errors="replace"))
    await response.write_eof()
    return response
