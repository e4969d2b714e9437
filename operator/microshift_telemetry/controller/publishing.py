"""One TelemetryConfig's status on its way to the API server, written only when it is new."""

import asyncio
from collections.abc import Callable
from typing import Any

from microshift_telemetry.clock import Clock
from microshift_telemetry.controller.announcing import Announcer
from microshift_telemetry.controller.cluster import Cluster
from microshift_telemetry.controller.overview import conditions_of, facts_of
from microshift_telemetry.controller.parts import Parts
from microshift_telemetry.status.body import Facts, status_body
from microshift_telemetry.status.conditions import Condition
from microshift_telemetry.status.writer import StatusWriter


class Publisher:
    """Writes the status of one object."""

    def __init__(
        self,
        parts: Parts,
        cluster: Cluster,
        clock: Clock,
        on_missing: Callable[[], None],
        announcer: Announcer | None,
    ) -> None:
        """Start from the status that the object has; None: nobody announces what is new in it."""
        config = parts.specs.config
        self._parts = parts
        self._cluster = cluster
        self._clock = clock
        self._writer = StatusWriter(cluster.kube, config.name, config.uid, on_missing)
        self._announcer = announcer
        self._written: dict[str, Any] = dict(config.status)
        self._told: tuple[Facts, tuple[Condition, ...]] | None = None
        """What the object's status says; None until this process has seen to it."""
        self._one_at_a_time = asyncio.Lock()
        self._is_stopped = False

    def stop(self) -> None:
        """Write nothing from now on: the object is another's business."""
        self._is_stopped = True
        if self._announcer is not None:
            self._announcer.stop()

    async def publish(self) -> None:
        """Write the status if it has changed; what fails is written with the next tick."""
        async with self._one_at_a_time:
            now, cluster_id = self._clock.now(), self._cluster.id
            known = (
                facts_of(self._parts, cluster_id, self._written),
                conditions_of(self._parts, cluster_id, now),
            )
            if known == self._told or self._is_stopped:
                return
            body = status_body(*known, self._written, now)
            if body == self._written or await self._writer.apply(body):
                self._told, self._written = known, body
                if self._announcer is not None:
                    self._announcer.announce(body)
