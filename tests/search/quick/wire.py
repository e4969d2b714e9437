"""The operator's connections, with receivers that are models at their other end."""

from urllib.parse import urlsplit

import snappy

from microshift_telemetry.remote_write import remote_write_pb2 as pb
from microshift_telemetry.sending.connection import (
    Connection,
    Request,
    UnreachableError,
)
from microshift_telemetry.sending.hops import Trouble
from microshift_telemetry.sending.raw_answer import Response
from microshift_telemetry.sending.route import Route
from microshift_telemetry.spec.endpoint import Endpoint
from tests.models.gateway import http_date
from tests.models.model import Answer, Sample
from tests.models.outage import Loss
from tests.search.bodies import TOKEN_PATH, UPLOAD_PATH, samples_in
from tests.search.quick.threads import Threads, sleep
from tests.search.stage import Arrival, Receivers, ms
from tests.search.wire import ANSWER_SECONDS, FIN_SECONDS


class Wires:
    """The network of one run."""

    def __init__(self, threads: Threads, receivers: Receivers, *, closes_silently: bool) -> None:
        self.threads = threads
        self.receivers = receivers
        self.closes_silently = closes_silently
        self.connects: list[tuple[float, str]] = []

    def connection(
        self, endpoint: Endpoint, route: Route, *, repeats_what_was_sent: bool = True
    ) -> "Wire":
        """Stand where the operator makes a `Connection`."""
        return Wire(self, endpoint, route, repeats_what_was_sent=repeats_what_was_sent)


class Wire(Connection):
    """A connection that aiohttp has no part in; how it is used again is the operator's own code."""

    def __init__(
        self, wires: Wires, endpoint: Endpoint, route: Route, *, repeats_what_was_sent: bool
    ) -> None:
        self._wires, self._endpoint, self._route = wires, endpoint, route
        self._repeats = repeats_what_was_sent
        self._timeout = None
        self._slowest_seconds = 0.0
        self._has_answered = False
        self._is_open = False
        self._closed_at: float | None = None
        """When the server has closed it without a word."""
        url = urlsplit(endpoint.url)
        self._host, self._path, self._query = url.hostname or "", url.path, url.query

    async def aclose(self) -> None:
        """Leave nothing."""

    async def _send(self, request: Request) -> Response:
        is_reused, self._has_answered = self._has_answered, False
        body = request.body or b""
        is_closed = self._open()
        await request.on_sending()
        if is_closed:
            raise self._broken(is_worth_another_try=is_reused and self._repeats)
        await sleep(ANSWER_SECONDS)
        threads = self._wires.threads
        arrival = Arrival(
            *(threads.now, self._host, self._path, request.headers, len(body), self._query)
        )
        match self._wires.receivers.exchange(arrival, _samples(self._path, body)):
            case Loss.HANG:
                self._is_open = False
                await sleep((self._timeout_for(body).total or 0.0) - ANSWER_SECONDS)
                raise UnreachableError(self._trouble("no answer in time"), was_sent=True)
            case Answer() as answer:
                return self._answered(answer, request.limit)
            case _:
                self._is_open = False
                raise self._broken(is_worth_another_try=is_reused and self._repeats)

    def _open(self) -> bool:
        """Open it where it is not; tell whether it only seems to be open."""
        now = self._wires.threads.now
        closed_at, self._closed_at = self._closed_at, None
        if closed_at is not None:
            self._is_open = False
            if now - closed_at < FIN_SECONDS:
                return True
        if not self._is_open:
            self._wires.connects.append((now, self._host))
            if not self._wires.receivers.is_open(self._host):
                raise UnreachableError(self._trouble("connection refused"))
            self._is_open = True
        return False

    def _broken(self, *, is_worth_another_try: bool) -> UnreachableError:
        return UnreachableError(
            self._trouble("the connection broke"),
            was_sent=True,
            is_worth_another_try=is_worth_another_try,
        )

    def _trouble(self, cause: str) -> Trouble:
        return Trouble(f"the receiver {self._endpoint.origin}: {cause}", "check the network")

    def _answered(self, answer: Answer, limit: int) -> Response:
        threads = self._wires.threads
        self._has_answered = True
        if self._wires.closes_silently:
            self._closed_at = threads.now
        headers = {"Date": http_date(ms(threads.now)), **answer.headers}
        return Response.of(answer.status, headers, answer.body, limit)


def _samples(path: str, body: bytes) -> list[Sample]:
    """Decode by the generated class: that the bytes are right is checked elsewhere."""
    if path.endswith((TOKEN_PATH, UPLOAD_PATH)):
        return samples_in(path, body)
    message = pb.WriteRequest.FromString(snappy.decompress(body))
    return [
        Sample(labels, sample.timestamp, sample.value)
        for series in message.timeseries
        for labels in [tuple((label.name, label.value) for label in series.labels)]
        for sample in series.samples
    ]
