"""A frozen report on its way, and what it has cost so far."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from microshift_telemetry.buffer.backlog import Backlog
from microshift_telemetry.buffer.frozen import Progress, Report, WriteRequest
from microshift_telemetry.controller.device_salt import DeviceSalt
from microshift_telemetry.remote_write.answer import Answer, Verdict, judge
from microshift_telemetry.remote_write.delivery import Delivery
from microshift_telemetry.remote_write.encode import Encoded, encode
from microshift_telemetry.remote_write.receiver import Receiver
from microshift_telemetry.report.report import time_series
from microshift_telemetry.status.body import LastReport, timestamp

REFUSALS = frozenset({Verdict.REFUSED, Verdict.PARTLY_STORED, Verdict.SERVER_ERROR})


@dataclass(slots=True)
class Pending:
    """A frozen report on its way, and what it has cost so far."""

    report: Report
    delivery: Delivery
    refused: Answer | None = None
    """What the receiver said of samples that it does not want."""
    retry_after_seconds: float = 0.0
    series: int = 0
    samples: int = 0
    bytes: int = 0
    requests: int = 0
    status_code: int = 0
    seconds: float = 0.0

    @classmethod
    def of(cls, report: Report, progress: Progress | None = None) -> Self:
        """Begin to send a report, or go on where an earlier process has stopped."""
        return cls(report, Delivery(report.requests, report.newest_ms, progress))

    def told(self, now: datetime) -> LastReport:
        """Sum a delivered report up for the status."""
        return LastReport(
            time=str(timestamp(now)),
            series=self.series,
            samples=self.samples,
            bytes=self.bytes,
            requests=self.requests,
            statusCode=self.status_code,
            durationMillis=round(1000 * self.seconds),
        )

    async def post(
        self, request: WriteRequest, backlog: Backlog, receiver: Receiver, salt: DeviceSalt
    ) -> Answer | None:
        """Send one request; None when its samples have expired since the report was frozen."""
        shape = self.report.shape
        encoded = encode(time_series(request, backlog, shape, salt.for_report(shape)))
        if not encoded.series:
            return None
        answer = await receiver.post(encoded.body)
        self._sent(encoded, answer)
        return answer

    def _sent(self, encoded: Encoded, answer: Answer) -> None:
        verdict = judge(answer)
        self.requests += 1
        self.bytes += len(encoded.body)
        self.status_code = answer.status_code
        self.retry_after_seconds = answer.retry_after_seconds
        if verdict is Verdict.CONFIRMED:
            self.samples += encoded.samples
            self.series = max(self.series, encoded.series)
        elif verdict in REFUSALS:
            self.refused = answer
