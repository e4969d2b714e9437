"""What kopf is shown of the API server's answers: those that it can bear.

kopf ends the process over a line that is no event, a status that it does not know or a list that is
none; it sleeps for as long as `Retry-After` says, asks again without a pause when a watch ends, and
logs an object that it can't place. All of that may come of a proxy, or of an API server that
starts. Instead of such an answer it gets none, and asks again; instead of such an event it is told
to begin with a list again, in the API's own way.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from typing import Any, cast

import aiohttp
from aiohttp import ClientHandlerType, ClientRequest, ClientResponse

from microshift_telemetry.kube.bodies import Object, json_object, lines
from microshift_telemetry.kube.errors import KubeAnswerError, KubeError
from microshift_telemetry.kube.kinds import Event, Kind
from microshift_telemetry.kube.refusals import cause, raise_unless_ok, wait_seconds

PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 2.0, 30.0
"""From the beginning of a watch to that of the next, and before another login; twice as long after
each watch that has brought a refusal or nonsense. The lists between them bring edits."""
SAY_AGAIN_SECONDS = 600.0
MAX_EVENT_BYTES = 4 << 20
"""etcd takes an object of 1.5 MiB."""
BEGIN_AGAIN = b'{"type": "ERROR", "object": {"kind": "Status", "code": 410}}\n'
DISCOVERY = ("APIVersions", "APIGroupList", "APIResourceList")

logger = logging.getLogger(__name__)


class ShownResponse(ClientResponse):
    """An answer whose document was found sensible before kopf asks for it."""

    shown: Object | None = None

    async def json(self, **_: Any) -> Any:
        """Give the document, or a Status that says no more than may be quoted."""
        return self.shown


class Screen:
    """aiohttp's middleware in kopf's sessions, one after the other."""

    def __init__(self, kind: Kind) -> None:
        """Let objects of one kind pass."""
        self._kind = kind
        self._next_watch = self._say_at = 0.0
        self._pause_seconds = PAUSE_SECONDS

    async def __call__(self, request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
        """Send a request, and give an answer that kopf can bear.

        Raises:
            ClientConnectionError: there is none.
        """
        is_watch = request.url.query.get("watch") == "true"
        if is_watch:
            await self._wait_for_turn()
        try:
            response = await handler(request)
        except (aiohttp.ClientConnectionError, TimeoutError):
            raise
        except aiohttp.ClientError as error:
            raise self._no_answer(cause(error)) from None
        shown = cast("ShownResponse", response)  # the session makes no other
        try:
            await (self._watch(shown) if is_watch else self._answer(shown))
        except (KubeError, aiohttp.ClientPayloadError) as error:
            response.close()
            raise self._no_answer(_said(error)) from None
        return response

    async def _wait_for_turn(self) -> None:
        now = asyncio.get_running_loop().time()
        turn = max(now, self._next_watch)
        self._next_watch = turn + self._pause_seconds
        await asyncio.sleep(turn - now)

    def note_news(self) -> None:
        """Hear that a watch has brought an event: the next may begin soon."""
        self._pause_seconds = PAUSE_SECONDS
        now = asyncio.get_running_loop().time()
        self._next_watch = min(self._next_watch, now + PAUSE_SECONDS)

    def note_in_vain(self, why: str, seconds: float = 0.0) -> None:
        """Hear that a watch is of no use, and have the next one wait, at least so many seconds."""
        self._say(why)
        self._pause_seconds = min(2 * self._pause_seconds, LONGEST_PAUSE_SECONDS)
        now = asyncio.get_running_loop().time()
        self._next_watch = max(self._next_watch, now + max(self._pause_seconds, seconds))

    async def _answer(self, response: ShownResponse) -> None:
        """Have a document shown.

        Raises:
            KubeError: it is none of those that were asked for.
        """
        path = response.url.path
        try:
            await raise_unless_ok(response, path)
        except KubeError as error:
            if not await self._show_refusal(response, error):
                await asyncio.sleep(wait_seconds(response) or 0.0)
                raise
            return
        response.shown = shown = await json_object(response.content, path)
        is_ours = self._kind.is_object(shown) or self._kind.is_list(shown)
        if not is_ours and shown.get("kind") not in DISCOVERY:
            raise KubeAnswerError(f"{path}: the answer is not a list of {self._kind.name}")

    async def _watch(self, response: ShownResponse) -> None:
        """Have events shown; after a refusal kopf would ask for ever with what was the reason."""
        is_over = False
        try:
            await raise_unless_ok(response, response.url.path)
        except KubeError as error:
            if await self._show_refusal(response, error):
                return
            self.note_in_vain(str(error), wait_seconds(response) or 0.0)
            response.status, is_over = 200, True
        events: Any = Events(response, self._kind, self, is_over=is_over)  # what kopf uses of one
        response.content = events

    async def _show_refusal(self, response: ShownResponse, error: KubeError) -> bool:
        """Show a refusal that kopf has an answer to: it logs in, waits, or lets a patch be.

        Returns:
            Whether it has one.
        """
        response.shown = {"kind": "Status", "code": response.status, "message": str(error)}
        if response.status == 401:
            await asyncio.sleep(PAUSE_SECONDS)
        is_patch = response.method == "PATCH"
        return response.status in {401, 403} or (is_patch and response.status in {404, 422})

    def _no_answer(self, why: str) -> aiohttp.ClientConnectionError:
        self._say(why)
        return aiohttp.ClientConnectionError(why)

    def _say(self, why: str) -> None:
        now = asyncio.get_running_loop().time()
        if now >= self._say_at:
            self._say_at = now + SAY_AGAIN_SECONDS
            logger.warning("%s; retrying", why)


class Events:
    """Stands for the content of an answer to a watch."""

    def __init__(
        self, response: ClientResponse, kind: Kind, screen: Screen, *, is_over: bool
    ) -> None:
        """Read the lines of an answer that has begun; `is_over`: none of them."""
        self._is_over = is_over
        self._response, self._content = response, response.content
        self._kind, self._screen = kind, screen

    async def iter_chunked(self, _: int) -> AsyncGenerator[bytes, None]:
        """Give lines, each an event, until one is not."""
        path = self._response.url.path
        try:
            async for line in self._lines(path):
                event = self._kind.event(line)
                if event is Event.SENSELESS:
                    raise KubeAnswerError(
                        f"{path}: the watch returned something that is not an event"
                    )
                if event is Event.EXPIRED:
                    break
                self._screen.note_news()
                yield line + b"\n"
            else:
                return
        except KubeError as error:
            self._screen.note_in_vain(str(error))
        self._response.close()
        yield BEGIN_AGAIN

    async def _lines(self, path: str) -> AsyncGenerator[bytes, None]:
        if self._is_over:
            yield BEGIN_AGAIN
            return
        async for line in lines(self._content, path, MAX_EVENT_BYTES):
            if line:
                yield line

    def exception(self) -> BaseException | None:
        """Do as the content does, for the answer's end."""
        return self._content.exception()

    def set_exception(self, *exceptions: BaseException) -> None:
        """Do as the content does, for the answer's end."""
        self._content.set_exception(*exceptions)


def _said(error: Exception) -> str:
    return str(error) if isinstance(error, KubeError) else cause(error)
