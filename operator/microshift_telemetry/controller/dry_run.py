"""A dry run: what an object's first report would be, read for one answer alone.

Nothing of it is kept, and nothing goes to anybody but who asks. It looks at what an object asks for
as if that were `Enabled`, with connections and sources of its own: no report waits for it.
"""

import asyncio
import os
from collections.abc import Callable, Mapping
from functools import partial

from microshift_telemetry.buffer.form import Shape, WriteRequest
from microshift_telemetry.buffer.records import PassMade, Remembered
from microshift_telemetry.buffer.salt_file import seen_salt
from microshift_telemetry.buffer.state_directory import StateDirectory
from microshift_telemetry.buffer.store import Store
from microshift_telemetry.clock import milliseconds
from microshift_telemetry.controller.asides import Asides
from microshift_telemetry.controller.cluster import Cluster
from microshift_telemetry.controller.demanded import DemandedLabels
from microshift_telemetry.controller.device_labels import DeviceLabels
from microshift_telemetry.controller.device_salt import SALT_BYTES
from microshift_telemetry.controller.forms import form_of
from microshift_telemetry.controller.ground import Ground
from microshift_telemetry.controller.overview import reporting_finding
from microshift_telemetry.controller.passes import undelivered
from microshift_telemetry.controller.preview import (
    NoPreviewError,
    Preview,
    UnknownNameError,
    notes_of,
    shown_headers,
)
from microshift_telemetry.controller.startup import listed_objects
from microshift_telemetry.controller.telemetry import Telemetry
from microshift_telemetry.errors import TelemetryError, excerpt
from microshift_telemetry.kube.bodies import Object
from microshift_telemetry.kube.client import KubeClient
from microshift_telemetry.sample.metrics import CPU_USAGE
from microshift_telemetry.sample.sample import SamplePass
from microshift_telemetry.sources import all_sources
from microshift_telemetry.sources.collection import PassOutcome, Wanted, collect_pass
from microshift_telemetry.sources.cpu import CpuUsage
from microshift_telemetry.sources.own_state import BuildInfo, Delivery
from microshift_telemetry.sources.source import Source
from microshift_telemetry.spec.effective import Effective, effective_from
from microshift_telemetry.spec.errors import SpecError
from microshift_telemetry.spec.telemetry_config import Spec, parse_spec

LIMIT_SECONDS = 30.0
SOURCE_SECONDS = 15.0
"""What is asked before and after it has the rest of the limit."""

IS_DISABLED = "spec.status is Disabled: this is what the spec asks for once it is Enabled"
LIFECYCLE_NOTE = "lifecycle: a start of MicroShift is told once, later, and not by a dry run"
SINCE_BOOT = "cpu: the mean since boot, as a first pass has it"


class DryRuns:
    """Makes one dry run at a time, which an edit of its object cuts short."""

    def __init__(self, ground: Ground, named: Callable[[str], Telemetry]) -> None:
        """Open nothing yet; `named` finds an object that the operator works for."""
        self._ground = ground
        self._named = named
        self._asides = Asides("dry run", LIMIT_SECONDS)

    async def preview(self, name: str) -> Preview:
        """Show what the first report of the object of this name would be; it need not exist.

        Raises:
            UnknownNameError: its spec can't be used.
            BusyError: another dry run is running.
            CutError: the object was edited or deleted meanwhile, or the operator ends.
            NoPreviewError: it took too long.
            AccessError: the API server can't be spoken to.
            KubeError: the API server did not give the object, or the cluster's id.
        """
        try:
            telemetry = self._named(name)
        except UnknownNameError:
            telemetry = None
        return await self._asides.run(name, telemetry, partial(self._look, name, telemetry))

    def stop(self) -> None:
        """Cut short what is under way; the process ends."""
        self._asides.stop()

    async def _look(self, name: str, telemetry: Telemetry | None) -> Preview:
        kube = KubeClient(self._ground.access)
        try:
            async with asyncio.timeout(LIMIT_SECONDS):
                cluster = Cluster(kube, self._ground.host, self._ground.settings)
                return await dry_run(name, telemetry, cluster, self._ground)
        except TimeoutError:
            said = f"not read within {LIMIT_SECONDS:g} s; ask again when the device is less busy"
            raise NoPreviewError(f"{name}: {said}") from None
        finally:
            await kube.close()


async def dry_run(
    name: str, telemetry: Telemetry | None, cluster: Cluster, ground: Ground
) -> Preview:
    """Read an object and every source that it wants; raises as `DryRuns.preview` does.

    Args:
        name: of the object, which need not exist.
        telemetry: what the operator knows of it, to be read only.
        cluster: to read from, which nobody else does.
        ground: what is known of the device.
    """
    spec, note = asked_for(name, await _object_named(name, cluster.kube))
    cluster_id = ground.cluster.id or await cluster.identify()
    now = ground.clock.now()
    reads = cluster.reads()
    outcome = await collect_pass(
        *(_sources_of(telemetry, ground), reads, milliseconds(now)),
        wanted=Wanted(with_static=True, excluded=spec.excluded),
        timeout_seconds=SOURCE_SECONDS,
    )
    labels = await DeviceLabels(name, cluster).look(spec.destination, reads.seen_node)
    demanded = DemandedLabels() if telemetry is None else telemetry.parts.demanded
    store = _store_of(outcome.sample_pass)
    form = form_of(spec, cluster_id, labels.labels, store.ledger, now)
    salt, salt_note = await _salt_for(form.shape, ground.directory)
    request = WriteRequest((milliseconds(now),), form, outcome.sample_pass.static)
    said = (*_notes_of(outcome, spec), *labels.notes, *notes_of(demanded, spec))
    return Preview(
        name=excerpt(name),
        url=spec.destination.target.shown,
        headers=shown_headers(spec.destination),
        reporting=None if telemetry is None else reporting_finding(telemetry.parts, cluster_id),
        offers=lambda: iter([request]),
        backlog=store.ledger.backlog,
        salt=salt,
        is_dry_run=True,
        demanded=demanded.known(spec.destination) or (),
        notes=tuple(filter(None, (note, salt_note, *said))),
        failures=outcome.failures,
    )


def _sources_of(telemetry: Telemetry | None, ground: Ground) -> tuple[Source, ...]:
    """Make sources of its own, which tell what has not reached the object's receiver."""
    delivery = Delivery()
    if telemetry is not None:
        delivery.note(undelivered(telemetry.parts.store.ledger, ground.clock.read()))
    return (*all_sources(CpuUsage()), BuildInfo(), delivery)


def asked_for(name: str, body: Object | None) -> tuple[Effective, str]:
    """Tell what an object would ask for if it were `Enabled`, and what to know of that.

    Raises:
        UnknownNameError: a field can't be used; the text names it.
    """
    if body is None:
        said = f"there is no TelemetryConfig {excerpt(name)}: this is what an empty spec asks for"
        return effective_from(Spec()), said
    spec, note = body.get("spec"), ""
    if isinstance(spec, Mapping) and spec.get("status") == "Disabled":
        spec, note = {**spec, "status": "Enabled"}, IS_DISABLED
    try:
        return effective_from(parse_spec(spec)), note
    except SpecError as error:
        raise UnknownNameError(f"{name}: nothing would be sent: {error}") from error


async def _object_named(name: str, kube: KubeClient) -> Object | None:
    """Find an object among all: to read a single one takes another permission."""
    found = (each for each in await listed_objects(kube) if each["metadata"]["name"] == name)
    return next(found, None)


def _store_of(made: SamplePass) -> Store:
    """Keep a pass in memory, beside everybody's."""
    store = Store("a dry run", "", None, Remembered())
    store.record(PassMade(SamplePass(made.time_ms, made.dynamic)))
    return store


def _notes_of(outcome: PassOutcome, spec: Effective) -> list[str]:
    metrics = {reading.series.metric for reading in outcome.sample_pass.dynamic}
    notes = [SINCE_BOOT] if CPU_USAGE.name in metrics else []
    notes += [] if spec.lifecycle is None else [LIFECYCLE_NOTE]
    return notes + [f"{source}: {note}" for source, note in outcome.notes.items()]


async def _salt_for(shape: Shape, directory: StateDirectory) -> tuple[bytes, str]:
    """Give the device's salt, or one for this answer alone and why; none where no label is hidden.

    The device's is not made here: it is made when a report needs it.
    """
    if not shape.anonymized:
        return b"", ""
    why = "the device has none yet"
    try:
        kept = await directory.worker.ask(partial(seen_salt, directory, shape.cluster_id))
    except TelemetryError as error:
        kept, why = None, f"the device's can't be read ({error})"
    if kept is not None:
        return kept, ""
    said = f"anonymised labels are hashed with a salt for this answer alone, since {why}"
    return os.urandom(SALT_BYTES), f"{said}; a report has other hashes"
