"""One report: backlog → frozen report → requests → receiver → confirmed, kept or tried again."""

import logging
import random
from collections import deque
from dataclasses import dataclass, field

from microshift_telemetry.clock import Clock
from microshift_telemetry.controller.connecting import Connector
from microshift_telemetry.controller.state import State
from microshift_telemetry.kube.errors import KubeError
from microshift_telemetry.remote_write.answer import Answer, Verdict, judge
from microshift_telemetry.remote_write.backoff import retry_delay_seconds
from microshift_telemetry.remote_write.credentials import (
    CredentialsMissingError,
    CredentialsRefusedError,
)
from microshift_telemetry.remote_write.encode import Encoded, encode
from microshift_telemetry.remote_write.receiver import (
    Receiver,
    ReceiverUnreachableError,
    TlsConfigError,
)
from microshift_telemetry.report.report import Report, Shape, WriteRequest, freeze, time_series
from microshift_telemetry.spec.effective import Effective
from microshift_telemetry.status.body import LastReport, timestamp
from microshift_telemetry.status.conditions import Finding
from microshift_telemetry.status.reasons import ReportingReason

DELIVERED = Finding(ReportingReason.REPORT_DELIVERED, "accepted by the receiver")

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Pending:
    """A frozen report on its way."""

    report: Report
    waiting: deque[WriteRequest] = field(default_factory=deque)
    """Not yet confirmed, in the order in which they go out."""
    series: int = 0
    samples: int = 0
    bytes: int = 0
    requests: int = 0
    status_code: int = 0
    seconds: float = 0.0

    def sent(self, encoded: Encoded, answer: Answer) -> None:
        """Count one POST that was answered."""
        self.requests += 1
        self.bytes += len(encoded.body)
        self.status_code = answer.status_code

    def confirmed(self, request: WriteRequest, encoded: Encoded) -> None:
        """Count what the receiver has taken."""
        self.waiting.remove(request)
        self.samples += encoded.samples
        self.series = max(self.series, encoded.series)


class Reporting:
    """The reports of one TelemetryConfig, at most one at a time."""

    def __init__(self, state: State, connector: Connector, clock: Clock) -> None:
        """Have nothing to say yet."""
        self._state = state
        self._connector = connector
        self._clock = clock
        self._pending: Pending | None = None
        self._failures = 0
        self._retry_at = 0.0

    @property
    def wait_seconds(self) -> float | None:
        """How long until there is something to do; None while there is nothing."""
        if self._state.is_report_due:
            return 0.0
        if self._pending is None:
            return None
        return max(0.0, self._retry_at - self._clock.monotonic())

    def forget(self) -> None:
        """Drop the report that is under way; its samples are somebody else's business."""
        self._pending = None

    def retry_now(self) -> None:
        """Try again at once: the spec has changed since the last failure."""
        self._failures, self._retry_at = 0, 0.0

    async def run(self, spec: Effective, cluster_id: str) -> None:
        """Freeze what is due, then send it or try it again.

        A newer report takes the place of one that was not delivered: its passes are still in the
        backlog, its static series would say the same.
        """
        state = self._state
        if state.is_report_due:
            shape = Shape(cluster_id, spec.usage_unit)
            report = freeze(state.backlog, state.newest_pass, shape)
            state.is_report_due = False
            self._pending = Pending(report, deque(report.requests)) if report.requests else None
            self._retry_at = 0.0
        if self._pending is None or self._clock.monotonic() < self._retry_at:
            return
        started = self._clock.monotonic()
        finding = await self._attempt(self._pending, spec)
        self._pending.seconds += self._clock.monotonic() - started
        self._conclude(self._pending, finding)

    async def _attempt(self, pending: Pending, spec: Effective) -> Finding[ReportingReason]:
        try:
            async with await self._connector.connect(spec.destination) as receiver:
                return await self._send(pending, receiver)
        except CredentialsMissingError as error:
            return Finding(ReportingReason.CREDENTIALS_MISSING, str(error))
        except CredentialsRefusedError as error:
            return Finding(ReportingReason.CREDENTIALS_REFUSED, str(error))
        except TlsConfigError as error:
            return Finding(ReportingReason.INVALID_SPEC, str(error))
        except KubeError as error:
            text = f"a Secret or ConfigMap of the spec can't be read: {error}; retried"
            return Finding(ReportingReason.RETRYING, text)
        except ReceiverUnreachableError as error:
            text = f"{error}; samples are kept and sent when the receiver answers"
            return Finding(ReportingReason.ENDPOINT_UNREACHABLE, text)

    async def _send(self, pending: Pending, receiver: Receiver) -> Finding[ReportingReason]:
        """Send what waits, in order; a request that is refused does not hold up the next."""
        refused: Answer | None = None
        for request in tuple(pending.waiting):
            series = time_series(request, self._state.backlog, pending.report.shape)
            encoded = encode(series)
            answer = await receiver.post(encoded.body)
            pending.sent(encoded, answer)
            match judge(answer):
                case Verdict.CONFIRMED:
                    self._state.backlog.discard(request.times_ms)
                    pending.confirmed(request, encoded)
                case Verdict.REFUSED:
                    refused = answer
                case Verdict.RETRY | Verdict.UNAUTHORIZED | Verdict.WRONG_ENDPOINT as verdict:
                    return _failure(verdict, answer)
        return DELIVERED if refused is None else _failure(Verdict.REFUSED, refused)

    def _conclude(self, pending: Pending, finding: Finding[ReportingReason]) -> None:
        state, name = self._state, self._state.config.name
        if finding is DELIVERED:
            now = self._clock.now()
            state.last_report = now
            state.report = LastReport(
                time=str(timestamp(now)),
                series=pending.series,
                samples=pending.samples,
                bytes=pending.bytes,
                requests=pending.requests,
                statusCode=pending.status_code,
                durationMillis=round(1000 * pending.seconds),
            )
            self._pending, self._failures = None, 0
            logger.info(
                "%s: report delivered: requests=%d samples=%d bytes=%d",
                *(name, pending.requests, pending.samples, pending.bytes),
            )
        else:
            self._failures += 1
            jitter = random.random()  # noqa: S311  # spreads retries, hides nothing
            delay = retry_delay_seconds(self._failures, jitter)
            self._retry_at = self._clock.monotonic() + delay
            level = logging.WARNING if finding != state.reporting else logging.DEBUG
            logger.log(level, "%s: report not delivered: %s", name, finding.message)
        state.reporting = finding


def _failure(verdict: Verdict, answer: Answer) -> Finding[ReportingReason]:
    """Tell the admin what an answer asks of them."""
    match verdict:
        case Verdict.UNAUTHORIZED:
            return Finding(
                ReportingReason.UNAUTHORIZED,
                f"the receiver does not accept our credentials ({answer}); check "
                "spec.authorization and what it names; samples are kept",
            )
        case Verdict.REFUSED:
            return Finding(
                ReportingReason.SAMPLES_REJECTED,
                f"the receiver refuses the samples ({answer}); they are kept",
            )
        case Verdict.WRONG_ENDPOINT:
            return Finding(
                ReportingReason.INVALID_ENDPOINT,
                f"no remote-write receiver answers at spec.endpoint ({answer}); check its path",
            )
        case _:
            return Finding(
                ReportingReason.RETRYING,
                f"the receiver can't take samples now ({answer}); they are kept and sent later",
            )
