"""A receiver that sets what it has stored against the truth of a device's clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Self

from microshift_telemetry.clock import moment
from tests.support.certificates import Authority
from tests.support.clocks.device_clock import DeviceClock, read_at
from tests.support.decoder import decode_request
from tests.support.fault_receiver import Answer, Fault, FaultReceiver, RecordedRequest, Reply

MEMORY = ("__name__", "cluster:memory_usage_bytes:sum")
"""Tells when it was read, see `DeviceClock`."""


@dataclass(frozen=True, slots=True)
class StoredPass:
    """A pass that the receiver has; all times but `time` are true."""

    time: datetime
    """As its samples tell it."""
    read: datetime
    arrived: datetime

    @property
    def error(self) -> timedelta:
        """How far off its samples are."""
        return abs(self.time - self.read)


class TrueReceiver:
    """Takes all that comes while it is not away; its own clock is right."""

    def __init__(self, clock: DeviceClock, authority: Authority | None = None) -> None:
        """Listen once entered; with an `authority` on TLS, under a certificate of it."""
        self.is_away = False
        self.tells_date = True
        """Answers have the header `Date`."""
        self.passes: list[StoredPass] = []
        """In the order of their arrival."""
        self.questions: list[RecordedRequest] = []
        """Requests that bring nothing."""
        self._clock = clock
        self._server = FaultReceiver(self._answer, authority=authority)

    @property
    def url(self) -> str:
        return f"{self._server.url}/api/v1/write"

    @property
    def reads(self) -> list[datetime]:
        """When what it has was read, in truth, oldest first."""
        return sorted(each.read for each in self.passes)

    def _answer(self, request: RecordedRequest) -> Reply:
        if self.is_away:
            return Fault.RESET
        now = self._clock.true_time()
        date = {"Date": format_datetime(now, usegmt=True)} if self.tells_date else {}
        if request.method != "POST":
            self.questions.append(request)
            return Answer(404, headers=date)
        self.passes += [
            StoredPass(moment(time_ms), read_at(value), now)
            for series in decode_request(request.body)
            if MEMORY in series.labels
            for time_ms, value in series.samples
        ]
        return Answer(204, headers=date)

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.__exit__()
