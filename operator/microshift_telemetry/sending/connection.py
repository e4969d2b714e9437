"""Connections to one host while one report is sent: requests in, each answer's beginning out."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import aiohttp
from aiohttp.abc import AbstractStreamWriter
from yarl import URL

from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.http_client import beginning_of
from microshift_telemetry.sending.credentials import Credential
from microshift_telemetry.sending.hops import Trouble, trouble_of
from microshift_telemetry.sending.raw_answer import Response, parse_raw
from microshift_telemetry.sending.recording import RecordingConnector
from microshift_telemetry.sending.route import Route
from microshift_telemetry.spec.endpoint import Endpoint

CONNECT_SECONDS = 30.0
SHORTEST_SECONDS = 30.0
LONGEST_SECONDS = 300.0
SLOWEST_BYTES_PER_SECOND = 512
"""A receiver that hangs is left after half a minute and what a slow link needs for the request."""


class UnreachableError(TelemetryError):
    """There was no answer; the text starts with the hop that failed."""

    def __init__(
        self, trouble: Trouble, *, was_sent: bool = False, is_worth_another_try: bool = False
    ) -> None:
        """Note what is known of the request.

        Args:
            trouble: what failed.
            was_sent: it went out whole, so that it may have been taken.
            is_worth_another_try: the server had closed a connection that it had answered on.
        """
        super().__init__(trouble.text)
        self.advice = trouble.advice
        self.is_without_dns = trouble.is_without_dns
        self.was_sent = was_sent
        self.is_worth_another_try = is_worth_another_try

    def note_earlier_try(self, *, was_sent: bool) -> None:
        """Note what is known of an earlier try of the same request."""
        self.was_sent |= was_sent


OnSending = Callable[[], Awaitable[None]]
"""Awaited once there is a connection, before the body goes out."""


@dataclass(slots=True)
class _Progress:
    """How far a request has got."""

    has_begun: bool = False
    """It is on its way, over a connection that is there."""
    was_sent: bool = False
    """Its body went out whole."""

    def begin(self) -> None:
        self.has_begun = True

    def end(self) -> None:
        self.was_sent = True


class _Body(aiohttp.BytesPayload):
    """A request's body, which tells when it goes out: a connection is there by then."""

    def __init__(self, body: bytes, on_sending: OnSending, progress: _Progress) -> None:
        super().__init__(body)
        self._on_sending = on_sending
        self._progress = progress

    async def write_with_length(
        self, writer: AbstractStreamWriter, content_length: int | None
    ) -> None:
        await self._on_sending()
        await super().write_with_length(writer, content_length)
        self._progress.end()


async def _note_begin(
    _session: aiohttp.ClientSession,
    context: SimpleNamespace,
    _params: aiohttp.TraceRequestHeadersSentParams,
) -> None:
    progress: _Progress = context.trace_request_ctx
    progress.begin()


def _tracing() -> aiohttp.TraceConfig:
    tracing = aiohttp.TraceConfig()
    tracing.on_request_headers_sent.append(_note_begin)
    return tracing


async def nothing() -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent, and how much of the answer's body is read."""

    method: str
    url: URL
    body: bytes | None
    """None: it has none, nor the headers of one."""
    headers: Mapping[str, str]
    limit: int
    on_sending: OnSending = nothing


class Connection:
    """One connection to a host, opened by the first request and used again by the next."""

    def __init__(
        self,
        endpoint: Endpoint,
        route: Route,
        timeout: aiohttp.ClientTimeout | None = None,
        *,
        repeats_what_was_sent: bool = True,
    ) -> None:
        """Open nothing yet.

        Args:
            endpoint: of the requests.
            route: the way there.
            timeout: of a request; None: as long as its size needs.
            repeats_what_was_sent: a request that went out whole, over a connection that the server
                has closed, goes again at once; not where the server counts requests.
        """
        self._endpoint, self._repeats = endpoint, repeats_what_was_sent
        self._route = route
        self._timeout = timeout
        self._slowest_seconds = 0.0
        self._has_answered = False
        self._connector = RecordingConnector(route.tls, has_proxy=route.proxy is not None)
        self._session = aiohttp.ClientSession(
            connector=self._connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trace_configs=[_tracing()],
        )

    @property
    def credentials(self) -> tuple[Credential, ...]:
        """What is sent beside a request's own headers, and may be repeated by who answers."""
        proxy = self._route.proxy
        return () if proxy is None or proxy.authorization is None else (proxy.authorization,)

    @property
    def is_read_by_proxy(self) -> bool:
        """Tell whether a proxy on the way sees what is said, and may answer itself."""
        return self._route.proxy is not None and not self._endpoint.is_encrypted

    async def post(
        self, body: bytes, headers: Mapping[str, str], limit: int, on_sending: OnSending = nothing
    ) -> Response:
        """Send one request and read `limit` bytes of the answer; redirects are not followed.

        A connection that was used before, and that the server has closed since, is opened again at
        once, once. `on_sending` is awaited once there is a connection, before the body goes out.

        Raises:
            UnreachableError: no answer: name, connection, proxy, TLS, or time.
        """
        request = Request("POST", _url(self._endpoint), body, headers, limit, on_sending)
        try:
            return await self._send(request)
        except UnreachableError as error:
            if not error.is_worth_another_try:
                raise
            was_sent = error.was_sent
        # Out here, so that a second failure does not know the first one.
        try:
            return await self._send(request)
        except UnreachableError as error:
            error.note_earlier_try(was_sent=was_sent)
            raise

    async def get_root(self, headers: Mapping[str, str]) -> Response:
        """Ask for the page of the endpoint's origin, and read nothing but the answer's headers.

        Raises:
            UnreachableError: as for `post`.
        """
        return await self._send(Request("GET", _url(self._endpoint.root), None, headers, limit=0))

    async def get(self, headers: Mapping[str, str], limit: int) -> Response:
        """Ask for the endpoint's own page; all else is as for `post`."""
        return await self._send(Request("GET", _url(self._endpoint), None, headers, limit))

    async def _send(self, request: Request) -> Response:
        clock = asyncio.get_running_loop().time
        progress, began, body = _Progress(), clock(), request.body
        is_reused, self._has_answered = self._has_answered, False
        self._connector.forget()
        try:
            async with self._session.request(
                request.method,
                request.url,
                data=None if body is None else _Body(body, request.on_sending, progress),
                allow_redirects=False,
                timeout=self._timeout_for(body or b""),
                trace_request_ctx=progress,
                **self._options(request.headers),
            ) as response:
                self._slowest_seconds = max(self._slowest_seconds, clock() - began)
                beginning = await beginning_of(response.content, request.limit)
                self._has_answered = True
                return Response.of(response.status, response.headers, beginning, request.limit)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            trouble = self._trouble_of(error, has_begun=progress.has_begun)
            is_closed = _is_closed(error)
        heard = parse_raw(self._connector.recorded, request.limit)
        if heard is not None and progress.has_begun:
            return heard
        if heard is not None and heard.status_code == 407:
            return Response(407, {}, b"")  # the proxy's, to CONNECT
        # Raised out here, without the error behind it: aiohttp's know the request's headers.
        may_repeat = self._repeats or not progress.was_sent
        is_worth_it = is_reused and is_closed and may_repeat
        raise UnreachableError(
            trouble, was_sent=progress.was_sent, is_worth_another_try=is_worth_it
        )

    def _trouble_of(self, error: Exception, *, has_begun: bool) -> Trouble:
        return trouble_of(error, self._endpoint.origin, self._route, has_begun=has_begun)

    def _timeout_for(self, body: bytes) -> aiohttp.ClientTimeout:
        """Allow a request what its size needs, and twice what the slowest one before it took."""
        if self._timeout is not None:
            return self._timeout
        seconds = SHORTEST_SECONDS + len(body) / SLOWEST_BYTES_PER_SECOND
        seconds = min(max(seconds, 2 * self._slowest_seconds), LONGEST_SECONDS)
        return aiohttp.ClientTimeout(total=CONNECT_SECONDS + seconds, sock_connect=CONNECT_SECONDS)

    async def aclose(self) -> None:
        """Close the connection.

        aiohttp asks it whether it is encrypted, which Python 3.11 can't tell once it is closing by
        itself, as after an answer that is longer than it says.
        """
        with suppress(AttributeError):
            await self._session.close()

    def _options(self, headers: Mapping[str, str]) -> dict[str, Any]:
        """Tell aiohttp the way; a tunnel hides the proxy's credential from the receiver."""
        options: dict[str, Any] = {"headers": headers}
        proxy, host = self._route.proxy, self._endpoint.origin.host
        # No certificate has the dot of a fully qualified name.
        options["server_hostname"] = self._route.server_name or host.rstrip(".")
        if proxy is not None:
            options["proxy"] = proxy.url.url
            if proxy.authorization is not None:
                credential = {"Proxy-Authorization": proxy.authorization.reveal()}
                if self._endpoint.is_encrypted:
                    options["proxy_headers"] = credential
                else:
                    options["headers"] = {**headers, **credential}
        return options


def _url(endpoint: Endpoint) -> URL:
    """Keep a URL as it is written: aiohttp would resolve `..`, and write `%3A` as `:`."""
    return URL(endpoint.url, encoded=True)


def _is_closed(error: Exception) -> bool:
    """Tell whether the other end has closed a connection that was open."""
    is_broken = isinstance(
        error, aiohttp.ServerDisconnectedError | aiohttp.ClientOSError | ConnectionError
    )
    return is_broken and not isinstance(error, aiohttp.ClientConnectorError | TimeoutError)
