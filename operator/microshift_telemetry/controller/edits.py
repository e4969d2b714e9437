"""An edit of the spec: what it forbids stops at once, what it allows waits until it has settled."""

import logging
from datetime import datetime, timedelta

from microshift_telemetry.clock import Clock
from microshift_telemetry.controller.keeping import Keeper
from microshift_telemetry.controller.schedule import Plan
from microshift_telemetry.controller.state import (
    NO_VALID_SPEC,
    REPORT_PENDING,
    REPORTING_DISABLED,
    SAMPLES_PENDING,
    SAMPLING_DISABLED,
    SETTLING,
    State,
    newest_from,
    spec_finding,
)
from microshift_telemetry.report.aggregation import Learned
from microshift_telemetry.spec.change import settling_time, usable_at_once
from microshift_telemetry.spec.errors import SpecError
from microshift_telemetry.spec.telemetry_config import TelemetryConfig
from microshift_telemetry.status.reasons import SamplingReason

logger = logging.getLogger(__name__)


class Edits:
    """Decides which spec reports are sent by; the wait is told in `spec/change.py`."""

    def __init__(self, state: State, clock: Clock, keeper: Keeper) -> None:
        """Judge the spec that the object has at first sight, as if it were just edited."""
        self._state = state
        self._keeper = keeper
        self._clock = clock
        self._judge()

    @property
    def wait_seconds(self) -> float | None:
        """How long until the newest spec has settled; None when there is nothing to wait for."""
        state = self._state
        if state.newest is None or not state.newest.enabled or state.in_force == state.newest:
            return None
        settled_at = state.edited_at + settling_time(state.newest).total_seconds()
        return max(0.0, settled_at - self._clock.monotonic())

    @property
    def settled_at(self) -> datetime:
        """From when on the newest spec may be used for sending."""
        return self._clock.now() + timedelta(seconds=self.wait_seconds or 0.0)

    def take(self, config: TelemetryConfig) -> None:
        """Take an edited spec; `state.in_force` is None afterwards when nothing may be sent."""
        state = self._state
        state.config = config
        state.edited_at = self._clock.monotonic()
        state.newest, state.learned = newest_from(config), Learned()
        state.in_force = usable_at_once(state.in_force, state.newest)
        if state.newest is not None and state.newest.enabled and state.in_force is None:
            state.reporting = SETTLING
        self._judge()

    def settle(self, *, at_once: bool = False) -> bool:
        """Let the newest spec send once it has stood long enough.

        A backlog never crosses destinations: what was collected for another one is dropped.

        Returns:
            Whether a spec has come into force that sends to another place than the last one.
        """
        wait = self.wait_seconds
        if wait is None or (wait > 0 and not at_once) or self._state.newest is None:
            return False
        state = self._state
        state.in_force = self._state.newest
        if state.reporting == SETTLING:
            state.reporting = REPORT_PENDING
        origin, before = state.in_force.destination.endpoint.origin, state.origin
        state.origin = origin
        if before is None or before == origin:
            return False
        dropped = state.backlog.clear()
        state.newest_pass, state.is_report_due = None, False
        state.dropped_samples += dropped
        logger.warning(
            "%s: reports go to %s from now on; samples collected for %s are dropped: samples=%d",
            *(state.config.name, origin, before, dropped),
        )
        return True

    def _judge(self) -> None:
        """Say what the newest spec means by itself, and take back what it forbids."""
        state = self._state
        if isinstance(state.config.spec, SpecError):
            state.sampling, state.reporting = NO_VALID_SPEC, spec_finding(state.config.spec)
            logger.warning("%s: %s", state.config.name, state.reporting.message)
        elif not state.is_enabled:
            state.sampling, state.reporting = SAMPLING_DISABLED, REPORTING_DISABLED
            state.backlog.clear()
            state.newest_pass, state.is_report_due = None, False
            state.origin = None
            self._keeper.delete()
        elif state.sampling.reason is SamplingReason.DISABLED:
            now = self._clock.now()
            state.sampling, state.plan = SAMPLES_PENDING, Plan(now, now)
        elif state.sampling == NO_VALID_SPEC:
            state.sampling = SAMPLES_PENDING
