"""The API server over the `aiohttp` that kopf has loaded; the edge of everything in the cluster."""

import asyncio
import json
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from microshift_telemetry import __version__
from microshift_telemetry.errors import excerpt
from microshift_telemetry.kube.access import AccessError, ApiAccess
from microshift_telemetry.kube.bodies import Object, json_object, lines
from microshift_telemetry.kube.errors import (
    KubeAnswerError,
    KubeUnauthorizedError,
)
from microshift_telemetry.kube.kinds import Kind
from microshift_telemetry.kube.outage_log import OutageLog
from microshift_telemetry.kube.refusals import raise_unless_ok, unreachable, wait_seconds
from microshift_telemetry.kube.screen import Screen, ShownResponse

REQUEST_TIMEOUT = aiohttp.ClientTimeout(total=30, sock_connect=10)
MAX_INT64 = (1 << 63) - 1
MAX_LINE_BYTES = 1 << 20
"""A line of `/metrics` has some hundred; a longer one is refused, not gathered without end."""
MAX_CONNECTIONS = 3
"""A pass asks a dozen questions at once; a TLS handshake costs more than most of the answers."""
METADATA_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"


class KubeClient:
    """Requests to one API server, with the token of each moment and the CA of each connection."""

    def __init__(self, access: ApiAccess) -> None:
        """Prepare requests; nothing is sent yet."""
        self.access = access
        self._tls: ssl.SSLContext | None = access.tls_context()
        self._session: aiohttp.ClientSession | None = None
        self._outages = OutageLog()
        self._screen: Screen | None = None

    def open_session(
        self,
        *,
        limit: int = 0,
        on_connected: Callable[[], None] | None = None,
        kopfs_kind: Kind | None = None,
    ) -> aiohttp.ClientSession:
        """Open a session of its own with this client's identity; a `limit` of 0 is none.

        `on_connected` hears of each new TCP connection; kopf is shown `kopfs_kind` alone.
        """
        screening: dict[str, Any] = {}
        if kopfs_kind is not None:
            self._screen = self._screen or Screen(kopfs_kind)
            screening = {"response_class": ShownResponse, "middlewares": [self._screen]}
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=limit, ssl=self._tls or True),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=self._headers(),
            trace_configs=[self._outages.tracing(on_connected)],
            **screening,
        )

    async def get(self, path: str, **params: str) -> Object:
        """Read one object or one list.

        Raises:
            KubeError: no answer, a status other than 200, or an answer that is not an object.
        """
        async with self._request("GET", path, params=params) as response:
            return await json_object(response.content, path)

    async def count(self, path: str) -> int:
        """Count the objects of a collection by asking for one, metadata only.

        Raises:
            KubeError: as `get`.

        Source: `remainingItemCount` of metav1.ListMeta; given only without selectors.
        """
        async with self._request(
            "GET", path, params={"limit": "1"}, headers={"Accept": METADATA_LIST}
        ) as response:
            answer = await json_object(response.content, path)
        items, metadata = _list(answer, path)
        # A server may leave it out; then one object of many must not pass for all of them.
        remaining = metadata.get("remainingItemCount") if _cursor(metadata, path) else 0
        if type(remaining) is not int or not 0 <= remaining <= MAX_INT64:
            raise KubeAnswerError(f"{path}: remainingItemCount is {excerpt(repr(remaining))}")
        return len(items) + remaining

    async def pages(
        self, path: str, limit: int, **params: str
    ) -> AsyncGenerator[list[Object], None]:
        """Read a collection page by page, so that memory stays flat.

        Raises:
            KubeError: as `get`; `KubeExpiredError` when the list expired between two pages.
        """
        cursor = ""
        while True:
            answer = await self.get(path, limit=str(limit), **params, **_continue(cursor))
            items, metadata = _list(answer, path)
            yield items
            cursor = _cursor(metadata, path)
            if not cursor:
                return

    async def lines(self, path: str) -> AsyncGenerator[bytes, None]:
        """Stream a text answer line by line, gzip on the wire, never held whole.

        Raises:
            KubeError: as `get`; `KubeAnswerError` also for a line beyond `MAX_LINE_BYTES`.
        """
        async with self._request("GET", path, headers={"Accept": "text/plain"}) as response:
            async for line in lines(response.content, path, MAX_LINE_BYTES):
                yield line

    async def apply(self, path: str, body: Object, field_manager: str) -> None:
        """Server-side apply, forced; of the object as it then is only the metadata come back.

        Raises as `get`; 404 when the object is gone, 409 when its UID is another.
        """
        async with self._request(
            "PATCH",
            path,
            params={"fieldManager": field_manager, "force": "true"},
            headers={"Accept": METADATA, "Content-Type": "application/apply-patch+yaml"},
            data=json.dumps(body).encode(),
        ) as response:
            await json_object(response.content, path)

    async def create(self, path: str, body: Object) -> Object:
        """Create an object, and give the answer; raises as `get` does."""
        async with self._request("POST", path, json=body) as response:
            return await json_object(response.content, path)

    async def delete(self, path: str, uid: str) -> None:
        """Delete one object, with its grace; raises as `get`, 409 when its UID is another."""
        async with self._request("DELETE", path, json={"preconditions": {"uid": uid}}):
            pass

    async def close(self) -> None:
        """Close what is open."""
        if self._session is not None:
            await self._session.close()

    @asynccontextmanager
    async def _request(
        self, method: str, path: str, headers: Mapping[str, str] = {}, **options: Any
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Send one request; once more where the first answer asks for that."""
        try:
            if self._session is None:
                self._session = self.open_session(limit=MAX_CONNECTIONS)
            for is_last in (False, True):
                async with self._session.request(
                    method,
                    self.access.server + path,
                    headers={**self._headers(), **headers},
                    allow_redirects=False,
                    timeout=REQUEST_TIMEOUT,
                    **options,
                ) as response:
                    pause = None if is_last else wait_seconds(response)
                    if pause is None:
                        await raise_unless_ok(response, path)
                        yield response
                        return
                await asyncio.sleep(pause)
        except AccessError as error:
            raise KubeUnauthorizedError(f"{path}: no token: {error}") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise unreachable(path, error) from None

    def _headers(self) -> dict[str, str]:
        token = self.access.token()
        identity = {"Authorization": f"Bearer {token}"} if token else {}
        return {"User-Agent": f"microshift-telemetry/{__version__}", **identity}


def _continue(cursor: str) -> dict[str, str]:
    return {"continue": cursor} if cursor else {}


def _list(answer: Object, path: str) -> tuple[list[Object], Object]:
    items, metadata = answer.get("items", ""), answer.get("metadata", {})
    if items is None:  # how Go writes a list of metadata without a single element
        items = []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise KubeAnswerError(f"{path}: the answer is not a list of objects")
    if not isinstance(metadata, dict):
        raise KubeAnswerError(f"{path}: the list's metadata is not an object")
    return items, metadata


def _cursor(metadata: Object, path: str) -> str:
    cursor = metadata.get("continue", "")
    if not isinstance(cursor, str):
        raise KubeAnswerError(f"{path}: the list's continue token is not a string")
    return cursor
