"""A push gateway in fake time."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from microshift_telemetry.sending.connection import (
    Connection,
    OnSending,
    UnreachableError,
    nothing,
)
from microshift_telemetry.sending.hops import Trouble
from microshift_telemetry.sending.raw_answer import Response
from microshift_telemetry.spec.endpoint import Endpoint

IN_VAIN = Trouble("the gateway gateway.example:80: no answer in time", "check the network")


@dataclass(frozen=True, slots=True)
class Push:
    """One push that arrived."""

    at: float
    """Loop time."""
    url: str
    headers: Mapping[str, str]
    text: str
    is_taken: bool


class FakeGateway:
    """A push gateway that gives the answer of the moment, and remembers what came."""

    def __init__(self) -> None:
        self.status_code = 200
        """0: it can't be reached."""
        self.page = b""
        """Of a captive portal that stands in its place; it takes nothing."""
        self.loses_answers = False
        self.seconds = 0.0
        """How long it takes to answer."""
        self.asked = asyncio.Event()
        """Somebody has come."""
        self.connects: list[float] = []
        self.pushes: list[Push] = []

    @property
    def taken(self) -> list[str]:
        return [push.text for push in self.pushes if push.is_taken]


class GatewayConnection(Connection):
    def __init__(self, gateway: FakeGateway, endpoint: Endpoint) -> None:
        self._gateway = gateway
        self._to = endpoint

    @property
    def is_read_by_proxy(self) -> bool:
        return False

    async def aclose(self) -> None:
        pass

    async def post(
        self,
        body: bytes,
        headers: Mapping[str, str],
        limit: int,
        on_sending: OnSending = nothing,
    ) -> Response:
        gateway, clock = self._gateway, asyncio.get_running_loop().time
        gateway.connects.append(clock())
        gateway.asked.set()
        assert limit > 0
        if not gateway.status_code:
            raise UnreachableError(IN_VAIN)
        await on_sending()
        await asyncio.sleep(gateway.seconds)
        is_taken = gateway.status_code == 200 and not gateway.page
        gateway.pushes.append(Push(clock(), self._to.url, headers, body.decode(), is_taken))
        if gateway.loses_answers:
            raise UnreachableError(IN_VAIN, was_sent=True)
        return Response(gateway.status_code, {}, gateway.page[:limit])
