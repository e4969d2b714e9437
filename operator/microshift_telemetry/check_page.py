"""The check of every hop over HTTP, beside the preview."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from aiohttp import web

from microshift_telemetry.controller.ground import Ground
from microshift_telemetry.controller.telemetry import Telemetry

if TYPE_CHECKING:
    from microshift_telemetry.check.checks import Checks

CHECK_PATH = "/check"
DEFAULT_NAME = "cluster"
ASK_AGAIN_SECONDS = 5


class CheckPage:
    """Serves `GET /check?name=cluster`: text, or JSON to who accepts it.

    What a check takes is loaded when one is asked for first: 0.6 MiB, and most devices never ask.
    """

    def __init__(self, ground: Ground, named: Callable[[str], Telemetry]) -> None:
        """Load nothing yet; `named` finds an object."""
        self._ground = ground
        self._named = named
        self._checks: Checks | None = None

    @property
    def route(self) -> web.RouteDef:
        """Where it is."""
        return web.get(CHECK_PATH, self._show)

    def stop(self) -> None:
        """Cut short what is under way; the process ends."""
        if self._checks is not None:
            self._checks.stop()

    async def _show(self, request: web.Request) -> web.Response:
        from microshift_telemetry.check.answering import answer
        from microshift_telemetry.check.checks import Checks

        self._checks = self._checks or Checks(self._ground, self._named)
        name = request.query.get("name", DEFAULT_NAME)
        is_json = "application/json" in request.headers.get("Accept", "")
        found = await answer(self._checks, name, is_json=is_json)
        return web.Response(
            status=found.status,
            text=found.text,
            content_type="application/json" if found.is_json else "text/plain",
            headers={"Retry-After": str(ASK_AGAIN_SECONDS)} if found.status == 429 else {},
        )
