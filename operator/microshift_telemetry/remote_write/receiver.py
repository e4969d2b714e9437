"""The one POST: an encoded request → the receiver's answer."""

from collections.abc import Awaitable, Callable, Mapping

from microshift_telemetry import __version__
from microshift_telemetry.errors import EXCERPT_CHARS, excerpt
from microshift_telemetry.remote_write.answer import Answer, is_page, parse_date, parse_retry_after
from microshift_telemetry.remote_write.connection import Connection, nothing
from microshift_telemetry.remote_write.credentials import Credential
from microshift_telemetry.remote_write.redaction import Redactor

HEADERS: Mapping[str, str] = {
    "Accept-Encoding": "identity",
    "Content-Encoding": "snappy",
    "Content-Type": "application/x-protobuf",
    "X-Prometheus-Remote-Write-Version": "0.1.0",
    "User-Agent": f"microshift-telemetry/{__version__}",
}
"""Source: remote write 1.0, "Protocol". `identity`, since a condition quotes the answer's text."""

Renewal = Callable[[], Awaitable[Credential]]
"""Gives a new credential for one that the receiver did not accept."""


class Receiver:
    """A receiver while one report is sent to it: connections end with the report."""

    def __init__(
        self,
        connection: Connection,
        headers: Mapping[str, str | Credential],
        renewal: Renewal | None = None,
    ) -> None:
        """Speak to a receiver over a connection.

        Args:
            connection: to the endpoint; closed with the receiver.
            headers: beside those of remote write, `Authorization` among them.
            renewal: asked once, after a 401: an access token may be taken back at any time.
        """
        self._connection = connection
        self._headers = dict(headers)
        self._renewal = renewal

    async def post(self, body: bytes, on_sending: Callable[[], None] = nothing) -> Answer:
        """Send one request and read the answer's beginning.

        `on_sending` is called once there is a connection, before the body goes out.

        Raises:
            UnreachableError: no answer: name, connection, proxy, TLS, or time.
            TokenError: a renewed credential could not be had.
        """
        answer = await self._post(body, on_sending)
        if answer.status_code == 401 and self._renewal is not None:
            renewal, self._renewal = self._renewal, None
            refused, renewed = self._headers.get("Authorization"), await renewal()
            if renewed is not refused:
                self._headers["Authorization"] = renewed
                answer = await self._post(body, on_sending)
        return answer

    async def aclose(self) -> None:
        """Close the connection."""
        await self._connection.aclose()

    async def _post(self, body: bytes, on_sending: Callable[[], None]) -> Answer:
        credentials = [each for each in self._headers.values() if isinstance(each, Credential)]
        spoken = {
            name: value.reveal() if isinstance(value, Credential) else value
            for name, value in self._headers.items()
        }
        credentials += self._connection.credentials
        redactor, limit = Redactor.of(credentials), 4 * EXCERPT_CHARS
        response = await self._connection.post(
            body, {**spoken, **HEADERS}, limit + redactor.longest, on_sending
        )
        said = redactor.beginning(response.beginning, limit)
        given = {name.lower(): value for name, value in response.headers.items()}
        wait = parse_retry_after(given.get("retry-after"), given.get("date"))
        return Answer(
            response.status_code,
            excerpt(said),
            wait,
            is_page=is_page(given.get("content-type", ""), response.beginning),
            date=parse_date(given.get("date")),
        )
