"""What would go out if a report were sent now; looking changes nothing."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from microshift_telemetry.buffer.backlog import Backlog
from microshift_telemetry.buffer.dating import Dated, dated
from microshift_telemetry.buffer.form import Form, WriteRequest
from microshift_telemetry.buffer.ledger import Ledger
from microshift_telemetry.clock import Instant, moment
from microshift_telemetry.controller.demanded import NOT_KNOWN, DemandedLabels, with_demanded
from microshift_telemetry.controller.device_salt import DeviceSalt
from microshift_telemetry.controller.forms import form_in, form_of, layout_of
from microshift_telemetry.controller.overview import reporting_finding
from microshift_telemetry.controller.parts import Parts
from microshift_telemetry.controller.transports import transport_to
from microshift_telemetry.delivery.round import Round
from microshift_telemetry.delivery.selection import FRESH_MS
from microshift_telemetry.delivery.steps import Offer, Reply
from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.report.push import HEADERS as PUSH_HEADERS
from microshift_telemetry.report.push import push_body, push_endpoint
from microshift_telemetry.report.report import TimeSeries, time_series
from microshift_telemetry.sample.sample import Labels, Reading
from microshift_telemetry.sources.launch import Launch
from microshift_telemetry.spec.authorization import NoAuthorization
from microshift_telemetry.spec.effective import Destination, Effective
from microshift_telemetry.status.conditions import Finding
from microshift_telemetry.status.reasons import ReportingReason


class NoPreviewError(TelemetryError):
    """There is no report to show; the text says why, and when there will be one."""


class UnknownNameError(NoPreviewError):
    """There is no TelemetryConfig of this name, it has opted out, or its spec can't be used."""


@dataclass(frozen=True, slots=True)
class ShownPush:
    """A push of the last start of MicroShift, as it is, or was, or will be."""

    url: str
    headers: Mapping[str, str]
    body: str
    """Empty as long as the result of the start is not known."""
    state: str
    """Whether it is still to come."""


@dataclass(frozen=True, slots=True)
class Preview:
    """A report as it would be sent now, whether or not anything stands in its way.

    That of a dry run was read for this answer alone.
    """

    name: str
    url: str
    """Its query is hidden: some receivers take a token there."""
    headers: Mapping[str, str]
    """Credentials are hidden."""
    reporting: Finding[ReportingReason] | None
    """What came of the last attempt: a report that is refused for good is shown all the same.

    None where there is no object."""
    offers: Callable[[], Iterator[WriteRequest]]
    """Gives each request that would go out if the ones before were taken."""
    backlog: Backlog
    salt: bytes = field(default=b"", repr=False)
    demanded: Labels = ()
    """Labels that the receiver demands, as far as they are known."""
    is_dry_run: bool = False
    notes: tuple[str, ...] = ()
    """What to know of it."""
    failures: Mapping[str, str] = field(default_factory=dict)
    """Of a dry run, by source: why it was not read."""
    push: ShownPush | None = None
    """What a gateway gets; None where there is none."""

    def requests(self) -> Iterator[list[TimeSeries]]:
        """Write out each request, one at a time, so that a long backlog is never held whole."""
        for request in self.offers():
            written = time_series(request, self.backlog, self.salt)
            if series := list(with_demanded(written, self.demanded)):
                yield series


class _AsIfTaken:
    """A ledger's passes, as they would be when what was offered was taken."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._taken: set[int] = set()

    @property
    def backlog(self) -> "_AsIfTaken":
        return self

    @property
    def extra_ms(self) -> int | None:
        return self._ledger.extra_ms

    @property
    def times_ms(self) -> tuple[int, ...]:
        return self.among(self._ledger.backlog.times_ms)

    def among(self, times_ms: Iterable[int]) -> tuple[int, ...]:
        waiting = self._ledger.backlog.among(times_ms)
        return tuple(each for each in waiting if each not in self._taken)

    def form_of(self, time_ms: int) -> Form | None:
        return self._ledger.backlog.form_of(time_ms)

    def take(self, times_ms: Iterable[int]) -> None:
        self._taken.update(times_ms)


async def preview_of(
    parts: Parts, cluster_id: str | None, instant: Instant, salt: DeviceSalt
) -> Preview:
    """Show what an object would send at this instant.

    A device that has no salt yet makes it here where labels are hashed: the report will have it.

    Raises:
        UnknownNameError: it has opted out, or its spec can't be used.
        NoPreviewError: nothing was read yet.
    """
    spec = _sending_spec(parts)
    if cluster_id is None:
        raise NoPreviewError(f"{parts.specs.config.name}: the cluster's id was not read yet")
    labels = await parts.labels.look(spec.destination, parts.passes.node)
    it = dated(parts.store.ledger, instant)
    form = form_of(spec, cluster_id, labels.labels, it.ledger, moment(instant.wall_ms))
    return Preview(
        name=parts.specs.config.name,
        url=spec.destination.target.shown,
        headers=shown_headers(spec.destination),
        reporting=reporting_finding(parts, cluster_id),
        offers=lambda: _offers(parts, it, form, instant.wall_ms),
        backlog=it.ledger.backlog,
        salt=await salt.for_report(form.shape),
        demanded=parts.demanded.known(spec.destination) or (),
        notes=(*labels.notes, *notes_of(parts.demanded, spec)),
        push=_shown_push(parts.store.ledger.launch, spec),
    )


def _shown_push(launch: Launch | None, spec: Effective) -> ShownPush | None:
    if spec.lifecycle is None or spec.gateway is None:
        return None
    body = "" if launch is None else push_body(launch, spec.lifecycle)
    if launch is None or launch.result is None:
        state = "once the result of the start is known"
    else:
        state = "done or given up" if launch.is_told else "due now"
    return ShownPush(push_endpoint(spec.gateway).shown, dict(PUSH_HEADERS), body, state)


def _offers(parts: Parts, it: Dated, form: Form, now_ms: int) -> Iterator[WriteRequest]:
    """Lay out a round in which everything is taken, as of a time at which the newest is fresh."""
    ledger, newest_ms, at_ms = it.ledger, parts.passes.last_ms, now_ms
    static: tuple[Reading, ...] = ()
    if newest_ms is not None:
        static = parts.passes.static_of(newest_ms)
        newest_ms = it.to_ms.get(newest_ms, newest_ms)
        at_ms = min(now_ms, newest_ms + FRESH_MS)
    waiting = _AsIfTaken(ledger)
    course, is_first = parts.rounds.next_round
    layout = replace(layout_of(ledger, form, newest_ms, is_first=is_first), ledger=waiting)
    steps, reply = Round(layout, course, at_ms).steps(), None
    with suppress(StopIteration):
        while True:
            step = steps.send(reply)  # type: ignore[arg-type]  # None begins
            reply = Reply(at_ms)
            if isinstance(step, Offer):
                is_newest = step.is_fresh and step.times_ms[-1] == newest_ms
                its = static if is_newest else ()
                yield WriteRequest(step.times_ms, form_in(ledger, form, step), its)
                waiting.take(step.times_ms)


def _sending_spec(parts: Parts) -> Effective:
    name, newest = parts.specs.config.name, parts.specs.newest
    if newest is None:
        raise UnknownNameError(f"{name}: nothing is sent: {parts.specs.error}")
    if not newest.enabled:
        raise UnknownNameError(f"{name}: spec.status is Disabled: nothing is sent")
    ledger = parts.store.ledger
    is_new = not ledger.backlog.times_ms and ledger.remembered.last_report_ms is None
    if is_new and parts.passes.last_ms is None:
        raise NoPreviewError(f"{name}: no pass was made yet; status.nextSampleTime says when")
    return parts.specs.in_force or newest


def notes_of(demanded: DemandedLabels, spec: Effective) -> tuple[str, ...]:
    """Tell what a receiver's labels change, or that they are not known."""
    if not spec.destination.protocol.demands_labels:
        return ()
    if demanded.known(spec.destination) is None:
        return (NOT_KNOWN,)
    return demanded.notes(spec)


def shown_headers(destination: Destination) -> dict[str, str]:
    """Give the headers without any credential."""
    headers = {
        header.name: header.value if isinstance(header.value, str) else f"(hidden: {header.value})"
        for header in destination.headers
    } | dict(transport_to(destination).headers)
    if not isinstance(destination.authorization, NoAuthorization):
        headers["Authorization"] = f"(hidden: {destination.authorization.type})"
    return headers
