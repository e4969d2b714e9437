"""What is known of one TelemetryConfig → its status, written only when it says something new."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

from microshift_telemetry.clock import Clock
from microshift_telemetry.controller.cluster import Cluster
from microshift_telemetry.controller.schedule import grids, moment
from microshift_telemetry.controller.state import State
from microshift_telemetry.status.body import Facts, status_body
from microshift_telemetry.status.conditions import conditions_from
from microshift_telemetry.status.writer import StatusWriter


class Publisher:
    """Writes the status of one object."""

    def __init__(
        self, state: State, cluster: Cluster, clock: Clock, on_missing: Callable[[], None]
    ) -> None:
        """Start from the status that the object has."""
        self._state = state
        self._cluster = cluster
        self._clock = clock
        self._writer = StatusWriter(cluster.kube, state.config.name, state.config.uid, on_missing)
        self._written: dict[str, Any] = dict(state.config.status)
        self._one_at_a_time = asyncio.Lock()
        self._is_stopped = False

    def stop(self) -> None:
        """Write nothing from now on: the object is another's business."""
        self._is_stopped = True

    async def publish(self) -> None:
        """Write the status if it has changed; what fails is written with the next tick."""
        async with self._one_at_a_time:
            body = self._body(self._clock.now())
            if body != self._written and not self._is_stopped and await self._writer.apply(body):
                self._written = body

    def _body(self, now: datetime) -> dict[str, Any]:
        state = self._state
        late = None if state.newest is None else state.newest.sending_interval
        conditions = conditions_from(
            state.sampling,
            state.reporting,
            was_delivered=state.last_report is not None,
            # A delivery that lies in the future was dated by a clock that was set back since.
            is_late=bool(late and state.last_report and abs(now - state.last_report) > late),
        )
        return status_body(self._facts(), conditions, self._written, now)

    def _facts(self) -> Facts:
        state = self._state
        next_sample, next_report = self._next()
        oldest_ms = state.backlog.oldest_ms
        return Facts(
            generation=state.config.generation,
            cluster_id=self._cluster.id,
            requested_at=state.handled_request,
            effective=state.newest,
            last_sample=state.last_sample,
            next_sample=next_sample,
            last_report=state.last_report,
            next_report=next_report,
            oldest_pending=None if oldest_ms is None else moment(oldest_ms),
            pending_samples=state.backlog.samples,
            dropped_samples=state.dropped_samples,
            report=state.report,
        )

    def _next(self) -> tuple[datetime | None, datetime | None]:
        """Tell when the next pass and the next report are due; None while neither can be."""
        spec, cluster_id = self._state.newest, self._cluster.id
        if spec is None or not spec.enabled or cluster_id is None:
            return None, None
        on = grids(cluster_id, spec.sampling_interval, spec.sending_interval)
        return self._state.plan.next_pass(on), self._state.plan.next_report(on)
