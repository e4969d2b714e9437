"""HTTP in memory and in fake time: aiohttp's connections end at receivers that are models.

The sender's own code runs down to aiohttp: its headers, time limits and reused connections count.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.client_reqrep import ClientRequest

from microshift_telemetry.sending.recording import RecordingConnector
from tests.models.gateway import http_date
from tests.models.model import Answer
from tests.models.outage import Loss

ANSWER_SECONDS = 0.05
FIN_SECONDS = 0.01
"""Until a sender sees that a server has closed a connection that looked reusable."""


@dataclass(frozen=True, slots=True)
class Request:
    """A POST as it arrived."""

    host: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class Network:
    """Everything outside the device; `is_open` and `exchange` say what happens there."""

    def __init__(
        self,
        now_ms: Callable[[], int],
        is_open: Callable[[str], bool],
        exchange: Callable[[Request], Answer | Loss],
    ) -> None:
        self.now_ms = now_ms
        self._is_open = is_open
        self.exchange = exchange
        self.closes_silently = False
        """A server ends a connection after each answer without saying so in it."""
        self.connects: list[tuple[float, str]] = []
        """(loop time, host) of each attempt to connect."""
        self.overlaps: list[float] = []
        """When a request began while another one was under way."""
        self._wires: list[_Wire] = []

    def open(self, host: str, protocol: ResponseHandler) -> bool:
        """Make a connection, if the host takes any."""
        self.connects.append((asyncio.get_running_loop().time(), host))
        if not self._is_open(host):
            return False
        self._wires = [wire for wire in self._wires if not wire.is_closing()]
        wire = _Wire(self, host, protocol)
        self._wires.append(wire)
        protocol.connection_made(wire)
        return True

    def is_busy(self) -> bool:
        """Tell whether a request is under way."""
        return any(wire.is_waiting and not wire.is_closing() for wire in self._wires)

    def cut(self) -> None:
        """Lose the power: nothing more goes over the connections that there are."""
        for wire in self._wires:
            wire.is_cut = True
        self._wires = []


class _Wire(asyncio.Transport):
    """One connection, with an HTTP server at its other end."""

    def __init__(self, network: Network, host: str, protocol: ResponseHandler) -> None:
        super().__init__()
        self._network, self._host, self._protocol = network, host, protocol
        self._loop = asyncio.get_running_loop()
        self._received = bytearray()
        self._is_closing = False
        self._is_closed_there = False
        self.is_cut = False
        self.is_waiting = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._is_closing or self.is_cut:
            return
        if self._is_closed_there:
            self._lose(None)
            return
        self._received += data
        request = _parsed(self._host, bytes(self._received))
        if request is not None:
            self._received.clear()
            if self._network.is_busy():
                self._network.overlaps.append(self._loop.time())
            self.is_waiting = True
            self._loop.call_later(ANSWER_SECONDS, self._arrive, request)

    def _arrive(self, request: Request) -> None:
        """A request goes its way even when its sender has gone meanwhile, but not without power."""
        if self.is_cut:
            return
        match self._network.exchange(request):
            case Loss.HANG:
                return
            case Loss.RESET | Loss.REFUSED:
                self._lose(ConnectionResetError(104, "Connection reset by peer"))
            case Loss.VANISH:
                self._lose(None)
            case Answer() as answer:
                self.is_waiting = False
                self._answer(answer)

    def _answer(self, answer: Answer) -> None:
        if self._is_closing:
            return
        self._protocol.data_received(_written(answer, self._network.now_ms()))
        if self._network.closes_silently:
            self._is_closed_there = True
            self._loop.call_later(FIN_SECONDS, self._lose, None)

    def _lose(self, error: Exception | None) -> None:
        if not self._is_closing:
            self._is_closing = True
            self._loop.call_soon(self._protocol.connection_lost, error)

    def close(self) -> None:
        self._lose(None)

    def abort(self) -> None:
        self._lose(None)

    def is_closing(self) -> bool:
        return self._is_closing

    def get_extra_info(self, name: str, default: Any = None) -> Any:  # noqa: ARG002
        return default

    def is_reading(self) -> bool:
        return True

    def pause_reading(self) -> None:
        """Answers are short."""

    def resume_reading(self) -> None:
        """Answers are short."""


def _parsed(host: str, data: bytes) -> Request | None:
    """Read a POST; None while it is not there whole."""
    head, found, body = data.partition(b"\r\n\r\n")
    if not found:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    if len(body) < int(headers["Content-Length"]):
        return None
    return Request(host, first.split(" ")[1], headers, body)


def _written(answer: Answer, now_ms: int) -> bytes:
    headers = {"Date": http_date(now_ms), "Content-Length": f"{len(answer.body)}"}
    lines = [f"{name}: {value}" for name, value in {**headers, **answer.headers}.items()]
    return "\r\n".join([f"HTTP/1.1 {answer.status} Said", *lines, "", ""]).encode() + answer.body


@contextmanager
def connected_to(network: Network) -> Iterator[None]:
    """Lead every connection of aiohttp into a network."""

    async def create_connection(
        connector: RecordingConnector, req: ClientRequest, traces: object, timeout: object
    ) -> ResponseHandler:
        assert (traces, timeout) is not None
        protocol: ResponseHandler = connector._factory()
        host = req.url.host or ""
        if not network.open(host, protocol):
            refused = ConnectionRefusedError(111, "Connection refused")
            raise aiohttp.ClientConnectorError(req.connection_key, refused)
        return protocol

    real = RecordingConnector._create_connection
    RecordingConnector._create_connection = create_connection  # type: ignore[assignment,method-assign]
    try:
        yield
    finally:
        RecordingConnector._create_connection = real  # type: ignore[method-assign]
