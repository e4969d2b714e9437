"""What would go out if a report were sent now; looking changes nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from microshift_telemetry.buffer.backlog import Backlog
from microshift_telemetry.buffer.frozen import Progress, Report, WriteRequest
from microshift_telemetry.controller.device_salt import DeviceSalt
from microshift_telemetry.controller.reporting import laid_out
from microshift_telemetry.controller.schedule import moment
from microshift_telemetry.controller.state import State
from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.remote_write.answer import Verdict
from microshift_telemetry.remote_write.delivery import Delivery
from microshift_telemetry.remote_write.receiver import HEADERS
from microshift_telemetry.report.report import TimeSeries, time_series
from microshift_telemetry.sample.sample import SamplePass
from microshift_telemetry.spec.authorization import NoAuthorization
from microshift_telemetry.spec.effective import Destination, Effective
from microshift_telemetry.status.conditions import Finding
from microshift_telemetry.status.reasons import ReportingReason


class NoPreviewError(TelemetryError):
    """There is no report to show; the text says why, and when there will be one."""


class UnknownNameError(NoPreviewError):
    """There is no TelemetryConfig of this name, it has opted out, or its spec can't be used."""


@dataclass(frozen=True, slots=True)
class Preview:
    """A report as it would be sent now, whether or not anything stands in its way."""

    name: str
    url: str
    """Its query is hidden: some receivers take a token there."""
    headers: Mapping[str, str]
    """Credentials are hidden."""
    reporting: Finding[ReportingReason]
    """What came of the last attempt: a report that is refused for good is shown all the same."""
    report: Report
    progress: Progress
    backlog: Backlog
    salt: bytes = field(default=b"", repr=False)

    def requests(self) -> Iterator[list[TimeSeries]]:
        """Write out each request that still waits, as it goes when the ones before are accepted.

        One at a time, so that a long backlog is never held whole.
        """
        delivery = Delivery(self.report.requests, self.report.newest_ms, self.progress)
        while (request := delivery.next()) is not None:
            if series := self._series(request):
                yield series
            delivery.take(Verdict.CONFIRMED)

    def _series(self, request: WriteRequest) -> list[TimeSeries]:
        return list(time_series(request, self.backlog, self.report.shape, self.salt))


def preview_of(state: State, cluster_id: str | None, now: datetime, salt: DeviceSalt) -> Preview:
    """Show what an object would send now: the frozen report that waits, else one laid out now.

    A device that has no salt yet makes it here where labels are hashed: the report will have it.

    Raises:
        UnknownNameError: it has opted out, or its spec can't be used.
        NoPreviewError: nothing was read yet.
    """
    spec, report, progress = _sending_spec(state), state.frozen, state.progress
    if cluster_id is None:
        raise NoPreviewError(f"{state.config.name}: the cluster's id was not read yet")
    if report is None or state.is_report_due:
        report = laid_out(state, _waiting_pass(state), spec, cluster_id, now)
        progress = Progress()
    report = report.without(spec.excluded, spec.anonymized)
    return Preview(
        name=state.config.name,
        url=_url(spec.destination),
        headers=_headers(spec.destination),
        reporting=state.reporting,
        report=report,
        progress=progress,
        backlog=state.backlog,
        salt=salt.for_report(report.shape),
    )


def _sending_spec(state: State) -> Effective:
    name = state.config.name
    if state.newest is None:
        said = state.reporting.message
        raise UnknownNameError(f"{name}: nothing is sent: {said}")
    if not state.newest.enabled:
        raise UnknownNameError(f"{name}: spec.status is Disabled: nothing is sent")
    if state.newest_pass is None and not state.backlog.times_ms and state.last_report is None:
        raise NoPreviewError(f"{name}: no pass was made yet; status.nextSampleTime says when")
    return state.in_force or state.newest


def _waiting_pass(state: State) -> SamplePass | None:
    """Give the newest pass unless it was delivered already."""
    newest = state.newest_pass
    if newest is None or state.last_report is None:
        return newest
    return newest if moment(newest.time_ms) > state.last_report else None


def _url(destination: Destination) -> str:
    url, question_mark, _ = destination.endpoint.url.partition("?")
    return f"{url}?(hidden)" if question_mark else url


def _headers(destination: Destination) -> dict[str, str]:
    headers = {
        header.name: header.value if isinstance(header.value, str) else f"(hidden: {header.value})"
        for header in destination.headers
    } | dict(HEADERS)
    if not isinstance(destination.authorization, NoAuthorization):
        headers["Authorization"] = f"(hidden: {destination.authorization.type})"
    return headers
