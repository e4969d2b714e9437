"""One device before a telemeter that takes uploads, for scenarios in which days pass."""

import asyncio
import random
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.models.model import Answer
from tests.models.outage import Loss
from tests.search.device import NAMESPACE, SECRET, Device
from tests.search.stage import BEGIN_MS, now_ms
from tests.search.wire import Network, Request, connected_to
from tests.support.telemeter_server import Arrival, Sample, Telemeter
from tests.unit.scenarios.scene import seconds_until

HOST = "telemeter.example"
BEARER = {"type": "Bearer", "bearer": {"credentials": {"name": SECRET, "key": "token"}}}
DAILY = {"protocol": "TelemeterUpload", "endpoint": f"https://{HOST}", "authorization": BEARER}
"""A report a day, with hourly passes; `a token` is what the Secret holds."""


class UploadScene:
    """What a test does and sees."""

    def __init__(self, spec: Mapping[str, Any], state: Path, telemeter: Telemeter) -> None:
        self.telemeter = telemeter
        self.fault: Loss | None = None
        """What every connection meets from now on."""
        self.network = Network(now_ms, lambda _: self.fault is not Loss.REFUSED, self._exchange)
        self.device = Device(spec, state, self.network.cut)

    @property
    def now(self) -> float:
        return asyncio.get_running_loop().time()

    @property
    def uploads(self) -> list[Arrival]:
        return self.telemeter.requests("/upload")

    @property
    def newest(self) -> Mapping[str, float]:
        """The values of the last upload that was taken, by metric; one of several counts."""
        return {dict(each.labels)["__name__"]: each.value for each in self.samples}

    @property
    def samples(self) -> list[Sample]:
        return self.telemeter.accepted[-1]

    def ready(self) -> str:
        return self.device.condition("Ready")[0]

    def reporting(self) -> tuple[str, str]:
        """Give reason and message."""
        _, reason, message = self.device.condition("Reporting")
        return reason, message

    async def sleep_until_due(self) -> None:
        """Sleep until a minute after the next report of the grid is due."""
        told = self.device.status["nextReportTime"]
        await asyncio.sleep(seconds_until(told, self.now) + 60)

    def _exchange(self, request: Request) -> Answer | Loss:
        if self.fault is not None and self.fault is not Loss.VANISH:
            return self.fault
        headers = {name.lower(): value for name, value in request.headers.items()}
        reply = self.telemeter.answer(request.path, headers, request.body)
        if self.fault is Loss.VANISH:
            return self.fault
        return Answer(reply.status, reply.headers, reply.body)


@asynccontextmanager
async def uploading(
    state: Path, spec: Mapping[str, Any] = DAILY, **telemeter: Any
) -> AsyncGenerator[UploadScene, None]:
    """Play one, from the start of the operator on."""
    random.seed(1)  # the sender's waits
    loop = asyncio.get_running_loop()
    server = Telemeter(lambda: BEGIN_MS / 1000 + loop.time(), {"a token": "somebody"}, **telemeter)
    played = UploadScene(spec, state, server)
    with connected_to(played.network), played.device.disk.watched():
        played.device.begin()
        try:
            yield played
        finally:
            await played.device.end()


__all__ = ["NAMESPACE", "UploadScene", "uploading"]
