"""Every TelemetryConfig of the cluster by its UID, and whether their ticks are alive."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

from microshift_telemetry.buffer.state_directory import StateDirectory
from microshift_telemetry.clock import Clock
from microshift_telemetry.controller.announcing import EventWriter
from microshift_telemetry.controller.cluster import Cluster
from microshift_telemetry.controller.connecting import Connector
from microshift_telemetry.controller.device_salt import DeviceSalt
from microshift_telemetry.controller.jobs import TICK_SECONDS
from microshift_telemetry.controller.pace import Pace
from microshift_telemetry.controller.preview import Preview, UnknownNameError
from microshift_telemetry.controller.renewal import Renewal
from microshift_telemetry.controller.startup import listed_uids
from microshift_telemetry.controller.telemetry import Equipment, Telemetry
from microshift_telemetry.kube.errors import KubeError
from microshift_telemetry.logs import about
from microshift_telemetry.spec.effective import Effective
from microshift_telemetry.spec.endpoint import Endpoint
from microshift_telemetry.spec.telemetry_config import TelemetryConfig, telemetry_config_from
from microshift_telemetry.status.own_metrics import metrics_page
from microshift_telemetry.status.reasons import ReportingReason

STALE_SECONDS = 600.0
"""Longer than a tick with its wait, a pass whose sources all time out, and the last slow request
of a tick that sends."""

LIST_SECONDS = 10.0
"""It holds up the pass that may be due."""

logger = logging.getLogger(__name__)


class Registry:
    """Routes what kopf tells us to the object that it is about."""

    def __init__(
        self,
        cluster: Cluster,
        connector: Connector,
        clock: Clock,
        state_directory: StateDirectory | None = None,
        renewal: Renewal | None = None,
    ) -> None:
        """Know no object yet; without a state directory nothing outlives the process."""
        self.cluster = cluster
        self._clock = clock
        salt = DeviceSalt(state_directory)
        self._equipment = Equipment(
            *(cluster, connector, clock, self._older_twin, salt, Pace(clock.monotonic)),
            *(self._want_list, state_directory, renewal, EventWriter(cluster.kube)),
            self._older_pusher,
        )
        self._is_list_wanted = False
        self._telemetries: dict[str, Telemetry] = {}

    def observe(self, body: Mapping[str, Any], *, is_gone: bool) -> None:
        """Take an object as the watch shows it; a deleted one stops at once."""
        config = telemetry_config_from(body)
        known = self._telemetries.get(config.uid)
        if is_gone or config.is_deleted:
            self._forget(config.uid, is_deleted=True)
        elif known is not None:
            known.observe(config)
        else:
            self._telemetries[config.uid] = Telemetry(config, self._equipment)

    def reconnected(self) -> None:
        """Hear that a connection to the API server was made anew.

        MicroShift may have started again, and whoever was deleted meanwhile is not told of.
        """
        self.cluster.want_look()
        self._want_list()

    async def tick_sampling(self, uid: str) -> None:
        """Let one object make the pass that is due."""
        await self._forget_who_is_missing()
        await self._tick(uid, "sampling", Telemetry.tick_sampling)

    async def tick_reporting(self, uid: str) -> None:
        """Let one object send the report that is due."""
        await self._tick(uid, "reporting", Telemetry.tick_reporting)

    async def preview(self, name: str) -> Preview:
        """Show what the object of this name would send now.

        Raises:
            UnknownNameError: there is no such object; the text names those that are there.
            NoPreviewError: it has nothing to show; the text says why.
        """
        return await self.named(name).preview()

    def named(self, name: str) -> Telemetry:
        """Find the object of this name; to be read only.

        Raises:
            UnknownNameError: there is no such object; the text names those that are there.
        """
        named = {each.config.name: each for each in self._telemetries.values()}
        if name not in named:
            known = ", ".join(sorted(named)) or "none"
            raise UnknownNameError(f"no TelemetryConfig of this name; existing ones: {known}")
        return named[name]

    def metrics(self) -> str:
        """Write what a scrape gets of all objects.

        One that is made anew may be seen before the end of the old one of its name.
        """
        named = {each.config.name: each.figures() for each in self._telemetries.values()}
        return metrics_page(figures for figures in named.values() if figures is not None)

    def is_alive(self) -> bool:
        """Tell whether every object's ticks are running."""
        now = self._clock.monotonic()
        return all(now - each.last_beat <= STALE_SECONDS for each in self._telemetries.values())

    def stop(self) -> None:
        """Stop every object; used when the process ends."""
        for uid in tuple(self._telemetries):
            self._forget(uid)

    async def _tick(
        self, uid: str, name: str, tick: Callable[[Telemetry], Awaitable[None]]
    ) -> None:
        """Run one tick; a bug in it is logged and costs this tick, not the timer.

        A timer of a deleted object can go on ticking in kopf, also after an object of the same
        name was made anew: an unknown UID is nobody's.
        """
        telemetry = self._telemetries.get(uid)
        if telemetry is None:
            return
        try:
            await tick(telemetry)
        except Exception as error:  # whatever bug it is, the other objects and the next tick go on
            about_it = about(telemetry.config.name, reason=ReportingReason.INTERNAL_ERROR)
            logger.exception("internal error while %s", name, extra=about_it)
            with suppress(Exception):  # it may be the bug
                await telemetry.note_bug(name, error)
            await asyncio.sleep(TICK_SECONDS)

    def _want_list(self) -> None:
        self._is_list_wanted = True

    async def _forget_who_is_missing(self) -> None:
        """Find out who was deleted while nobody watched.

        A watch that broke begins anew with a list, and kopf tells of those that are in it. It is
        tried again at the next tick until it is known.
        """
        if not self._is_list_wanted:
            return
        self._is_list_wanted, known = False, tuple(self._telemetries)
        try:
            async with asyncio.timeout(LIST_SECONDS):
                listed = await listed_uids(self.cluster.kube)
        except (KubeError, TimeoutError) as error:
            self._is_list_wanted = True
            logger.debug("who is there is not known: %s", error)
            return
        for uid in known:
            if uid not in listed:
                self._forget(uid, is_deleted=True)

    def _forget(self, uid: str, *, is_deleted: bool = False) -> None:
        telemetry = self._telemetries.pop(uid, None)
        if telemetry is not None:
            telemetry.stop(is_deleted=is_deleted)

    def _older_twin(self, config: TelemetryConfig, spec: Effective) -> str | None:
        written = spec.destination.written
        return self._older(config, lambda other: other.destination.written == written)

    def _older_pusher(self, config: TelemetryConfig, gateway: Endpoint) -> str | None:
        return self._older(config, lambda other: other.gateway == gateway)

    def _older(self, config: TelemetryConfig, is_alike: Callable[[Effective], bool]) -> str | None:
        return oldest_alike(config, self._telemetries.values(), is_alike)


def oldest_alike(
    config: TelemetryConfig, others: Iterable[Telemetry], is_alike: Callable[[Effective], bool]
) -> str | None:
    """Name the oldest enabled object that is older than one, and alike in something."""
    age = (config.created, config.uid)
    older = [
        other.config
        for other in others
        if (other.config.created, other.config.uid) < age
        and other.newest is not None
        and other.newest.enabled
        and is_alike(other.newest)
    ]
    return min(older, key=lambda other: other.created).name if older else None
