"""What the starts of MicroShift ask for beside the ticks: looks, a report, a push."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from datetime import timedelta

from microshift_telemetry.controller.connecting import Connector
from microshift_telemetry.controller.jobs import Jobs
from microshift_telemetry.controller.parts import Parts
from microshift_telemetry.controller.pushes import Pushed, Pushes
from microshift_telemetry.controller.schedule import start_splay
from microshift_telemetry.logs import about
from microshift_telemetry.sources.microshift_start import MicroshiftStart
from microshift_telemetry.spec.effective import Effective
from microshift_telemetry.spec.endpoint import Endpoint
from microshift_telemetry.spec.lifecycle import Lifecycle
from microshift_telemetry.spec.telemetry_config import TelemetryConfig

JOB = "lifecycle"
"""An edit cuts it short, and the next tick begins it anew where it is still wanted."""

OlderPusher = Callable[[TelemetryConfig, Endpoint], str | None]

logger = logging.getLogger(__name__)


def nobody(_config: TelemetryConfig, _gateway: Endpoint) -> str | None:
    """Know no other object."""
    return None


class LifecycleJobs:
    """Has each start of one TelemetryConfig watched and told; no tick waits for it."""

    def __init__(
        self,
        parts: Parts,
        jobs: Jobs,
        connector: Connector,
        older_pusher: OlderPusher,
        pushed: Pushed,
    ) -> None:
        """Begin nothing yet; `older_pusher` names an object that pushes in place of this one."""
        name = parts.specs.config.name
        self._parts = parts
        self._jobs = jobs
        self._older_pusher = older_pusher
        self._pushes = Pushes(name, parts.store, parts.launches, connector, pushed)
        self._running: dict[str, asyncio.Task[None]] = {}
        self._asked_for: MicroshiftStart | None = None
        """The start that a report was asked for last."""

    def go_on(self, cluster_id: str) -> None:
        """Begin what is due and not under way."""
        newest, in_force = self._parts.specs.newest, self._parts.specs.in_force
        if self._jobs.is_stopped or newest is None or not newest.enabled:
            return
        if newest.lifecycle is None:
            return
        self._begin("look", self._parts.launches.look())
        if newest.gateway is None:
            self._ask_for_report(newest, cluster_id)
        elif in_force is not None and in_force.lifecycle is not None:
            self._push(in_force, in_force.lifecycle, cluster_id)

    def _push(self, spec: Effective, wanted: Lifecycle, cluster_id: str) -> None:
        config, gateway = self._parts.specs.config, wanted.gateway
        if gateway is None:
            return

        def is_ours() -> bool:
            return self._older_pusher(config, gateway) is None

        if is_ours():
            wait_seconds = start_splay(cluster_id, spec.sending_interval).total_seconds()
            self._begin("push", self._pushes.push(wanted, gateway, wait_seconds, is_ours))

    def _ask_for_report(self, spec: Effective, cluster_id: str) -> None:
        """Ask for one small report more: the start report went out before anything was known."""
        judged, lifecycle = self._parts.launches.judged, spec.lifecycle
        if judged in {None, self._asked_for} or not (lifecycle and lifecycle.metrics):
            return
        self._asked_for = judged
        wait = timedelta(seconds=self._parts.specs.wait_seconds or 0.0)
        self._parts.timetable.ask_after(wait + start_splay(cluster_id, spec.sending_interval))

    def _begin(self, what: str, work: Coroutine[object, object, None]) -> None:
        running = self._running.get(what)
        if running is not None and not running.done():
            work.close()
        else:
            self._running[what] = asyncio.create_task(self._done(work))

    async def _done(self, work: Coroutine[object, object, None]) -> None:
        try:
            await self._jobs.run(JOB, work)
        except Exception:  # whatever bug it is, it costs no report and no condition
            name = self._parts.specs.config.name
            logger.exception("internal error while watching a start", extra=about(name))
