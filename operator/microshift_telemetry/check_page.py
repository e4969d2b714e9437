"""The check of every hop over HTTP, beside the preview."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from aiohttp import web

from microshift_telemetry.controller.ground import Ground
from microshift_telemetry.controller.telemetry import Telemetry
from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.pages import name_in, refusal, wants_json

if TYPE_CHECKING:
    from microshift_telemetry.check.checks import Checks

CHECK_PATH = "/check"


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
        from microshift_telemetry.check.answering import as_json, as_text
        from microshift_telemetry.check.checks import Checks

        self._checks = self._checks or Checks(self._ground, self._named)
        try:
            check = await self._checks.check(name_in(request))
        except TelemetryError as error:
            return refusal(error)
        if wants_json(request):
            return web.Response(text=as_json(check), content_type="application/json")
        return web.Response(text=as_text(check))
