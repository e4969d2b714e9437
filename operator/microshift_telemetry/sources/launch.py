"""A start of MicroShift as it went: how long it took, from which version, and what came of it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import IntEnum
from math import ceil

from microshift_telemetry.sample.metrics import Kind
from microshift_telemetry.sample.sample import Reading, Series
from microshift_telemetry.sources.microshift_start import MicroshiftStart
from microshift_telemetry.sources.node import Readiness
from microshift_telemetry.sources.outcome import Readings
from microshift_telemetry.sources.shared_reads import SharedReads
from microshift_telemetry.spec.effective import Effective
from microshift_telemetry.spec.lifecycle import Lifecycle
from microshift_telemetry.spec.shaping import DURATION, INVOCATION, MODIFICATION

STEP_SECONDS = 150
"""Durations are told in steps of two and a half minutes, each by its end."""
LAST_STEP = 24
BEYOND = "60+"
"""Of a node that was not Ready within an hour, if ever."""

NODE_PATIENCE = 6
"""A node has so many times as long to become Ready as its pods have after it."""
LATEST_SECONDS = 3600.0
"""Nobody can tell how a start went that is seen so long after it."""


class Result(IntEnum):
    """What came of a start."""

    SUCCESS = 1
    NODE_NOT_READY = 2
    PODS_NOT_READY = 3

    @property
    def label(self) -> str:
        """Write it as a label does."""
        return self.name.title().replace("_", "")


@dataclass(frozen=True, slots=True)
class Launch:
    """A start of MicroShift, as far as it was watched. Seconds count from the process' start."""

    start: MicroshiftStart
    is_first: bool = False
    """Nothing was known of this device before: it was installed."""
    before: str = ""
    """The version of the start before; empty where none is known."""
    version: str = ""
    """Empty while it was not read in this start."""
    node_ready_seconds: int | None = None
    manifests_applied_seconds: int | None = None
    telemetry_ready_seconds: int | None = None
    result: Result | None = None
    """None: it is being watched."""
    result_seconds: int = 0
    """When the result was known."""
    is_told: bool = False
    """Nothing more is to be told of it."""

    @property
    def is_due(self) -> bool:
        """Tell whether it is known how it went, and nobody was told."""
        return self.result is not None and not self.is_told


class LaunchTold:
    """The start that is to be told, in the one pass that tells it."""

    name = "lifecycle"
    kind = Kind.DYNAMIC
    series = (Series(INVOCATION), Series(DURATION), Series(MODIFICATION))

    def __init__(self) -> None:
        """Tell of none."""
        self._readings: tuple[Reading, ...] = ()

    def note(self, launch: Launch | None, spec: Effective) -> Launch | None:
        """Hear of the last start when a pass begins; give it if the pass is to tell of it."""
        wanted, self._readings = spec.lifecycle, ()
        if launch is None or not launch.is_due or wanted is None or wanted.gateway is not None:
            return None
        self._readings = readings(launch, wanted)
        return launch

    async def collect(self, _shared: SharedReads) -> Readings:
        """Tell what was heard."""
        return Readings(self._readings)


def next_launch(
    last: Launch | None, start: MicroshiftStart, seconds: float, *, is_first: bool, is_late: bool
) -> Launch:
    """Begin to watch a start.

    Args:
        last: the start that was watched before.
        start: the new one.
        seconds: since the start.
        is_first: nothing else was kept of this device.
        is_late: it was not watched from its beginning, or may not be told.
    """
    return Launch(
        start,
        is_first=last is None and is_first,
        before="" if last is None else last.version or last.before,
        telemetry_ready_seconds=max(0, round(seconds)),
        is_told=is_late or seconds > LATEST_SECONDS,
    )


def ready_seconds(ready: Readiness, seconds: float, now_seconds: float) -> float | None:
    """Tell how long after a start the node was Ready; None while it is not.

    `Ready` may be of before the start, as long as no kubelet has spoken since: what counts is a
    change to True since the start, or else the first word of the kubelet that we see.

    Args:
        ready: the node's condition.
        seconds: from the start until now.
        now_seconds: since the epoch, by the clock that has dated the condition.
    """
    if not ready.is_true:
        return None
    if ready.heartbeat_seconds is None:  # no kubelet dates it
        return seconds
    for at_seconds in (ready.since_seconds, ready.heartbeat_seconds):
        if at_seconds is not None:
            after = seconds - (now_seconds - at_seconds)
            if 0 <= after <= seconds:
                return after
    return None


def is_up(launch: Launch, seconds: float, patience_seconds: float) -> bool:
    """Tell whether it is time to look at the pods: the node has been Ready for so long."""
    ready = launch.node_ready_seconds
    return ready is not None and seconds >= ready + patience_seconds


def is_given_up(launch: Launch, seconds: float, patience_seconds: float) -> bool:
    """Tell whether the node was waited for long enough."""
    return launch.node_ready_seconds is None and seconds >= NODE_PATIENCE * patience_seconds


def judged(launch: Launch, result: Result, seconds: float) -> Launch:
    """Give a start with what came of it; one without a version can't be told."""
    is_told = launch.is_told or not launch.version
    return replace(launch, result=result, result_seconds=round(seconds), is_told=is_told)


def minutes(seconds: float) -> str:
    """Write a duration as the end of its step, in minutes."""
    step = max(1, ceil(seconds / STEP_SECONDS))
    return BEYOND if step > LAST_STEP else f"{step * STEP_SECONDS / 60:g}"


def command(launch: Launch) -> str:
    """Tell what a start was: versions are compared as versions."""
    if not launch.before:
        return "install" if launch.is_first else "start"
    before, now = _parsed(launch.before), _parsed(launch.version)
    if now == before:
        return "start"
    return "upgrade" if now > before else "rollback"


def readings(launch: Launch, wanted: Lifecycle) -> tuple[Reading, ...]:
    """Tell a start whose result is known; each reading is of value 1."""
    return tuple(
        Reading(series, 1.0)
        for series in _series(launch, wanted)
        if series.metric in wanted.metrics
    )


def _series(launch: Launch, wanted: Lifecycle) -> Iterator[Series]:
    if launch.result is None:
        return
    labels = {
        "command": command(launch),
        "from_version": launch.before,
        "version": launch.version,
        "result": launch.result.label,
        "duration": BEYOND
        if launch.node_ready_seconds is None
        else minutes(launch.node_ready_seconds),
    }
    yield Series.of(INVOCATION, **{name: value for name, value in labels.items() if value})
    stages = {
        "node_ready": launch.node_ready_seconds,
        "manifests_applied": launch.manifests_applied_seconds,
        "telemetry_ready": launch.telemetry_ready_seconds,
    }
    for stage, seconds in stages.items():
        if seconds is not None:
            yield Series.of(DURATION, stage=stage, minutes=minutes(seconds))
    for field in wanted.modified:
        yield Series.of(MODIFICATION, field=field)


def _parsed(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
