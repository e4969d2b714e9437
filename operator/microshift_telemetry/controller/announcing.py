"""Events on their way to the API server: beside everything else, each tried once.

kopf's own posting is not used: it gives an event about a cluster-scoped object a namespace, with
which `kubectl describe` does not find it, and tries for a minute where it may not write one.
"""

import asyncio
import logging
from collections import OrderedDict, deque
from dataclasses import dataclass, replace
from datetime import datetime

from microshift_telemetry.clock import Clock, milliseconds
from microshift_telemetry.kube.bodies import Object
from microshift_telemetry.kube.client import KubeClient
from microshift_telemetry.kube.errors import KubeError, KubeUnreachableError
from microshift_telemetry.spec.telemetry_config import GROUP, KIND, VERSION, TelemetryConfig
from microshift_telemetry.status.body import timestamp
from microshift_telemetry.status.events import Event, Status, events_between, told_by
from microshift_telemetry.status.writer import FIELD_MANAGER

PATH = "/api/v1/namespaces/default/events"
"""`kubectl describe` looks there for what has happened to an object without a namespace."""
WRITE_SECONDS = 5.0
BURST, REFILL_SECONDS = 25, 300.0
"""So many events at once, and then one in so long: as client-go limits those of one object."""
MOST_WAITING, MOST_COUNTED = 16, 64

logger = logging.getLogger(__name__)


class EventWriter:
    """Writes events one after the other; one for the process."""

    def __init__(self, kube: KubeClient) -> None:
        """Write none yet."""
        self._kube = kube
        self._turn = asyncio.Lock()
        self._failures: set[type[Exception]] = set()

    async def write(self, event: Object) -> None:
        """Write an event, or count one up that is there, as far as the API server takes it now.

        By server-side apply, which makes an event anew that the API server has not kept so long.
        What kind of refusal it meets is logged once in the life of the process.
        """
        async with self._turn:
            try:
                async with asyncio.timeout(WRITE_SECONDS):
                    await self._kube.apply(
                        f"{PATH}/{event['metadata']['name']}", event, FIELD_MANAGER
                    )
            except (KubeUnreachableError, TimeoutError) as error:  # told elsewhere
                logger.debug("cannot write an event: %s", error)
            except KubeError as error:
                level = logging.DEBUG if type(error) in self._failures else logging.WARNING
                self._failures.add(type(error))
                logger.log(level, "cannot write events, which are skipped: %s", error)


@dataclass(frozen=True, slots=True)
class Occurrences:
    """How often an event has happened, and under which name the API server has it."""

    name: str
    first: datetime
    count: int = 1


class Announcer:
    """Announces what is new in the statuses of one TelemetryConfig; nothing waits for it.

    A status is written before, so that no event says what it does not.
    """

    def __init__(self, config: TelemetryConfig, writer: EventWriter, clock: Clock) -> None:
        """Know what the object's status says; what an earlier process counted stays as it is."""
        self._name, self._uid = config.name, config.uid
        self._writer = writer
        self._clock = clock
        self._told: Status = config.status
        self._known: OrderedDict[tuple[str, str, str], Occurrences] = OrderedDict()
        self._waiting: deque[Object] = deque(maxlen=MOST_WAITING)
        self._allowance, self._allowed_at = float(BURST), clock.monotonic()
        self._last_ms = 0
        self._writing: asyncio.Task[None] | None = None
        self._is_stopped = False

    def announce(self, status: Status) -> None:
        """Have the events written that tell how it came to this status, in their order.

        Of too many that wait the oldest are left out.
        """
        if self._is_stopped:
            return
        for event in events_between(self._told, status):
            now = self._clock.now()
            occurrences = self._count(event, now)
            if self._is_allowed():
                self._waiting.append(self._body(event, occurrences, now))
        self._told = told_by(self._told, status)
        if self._waiting and (self._writing is None or self._writing.done()):
            self._writing = asyncio.create_task(self._write())

    def stop(self) -> None:
        """Write nothing from now on."""
        self._is_stopped = True
        self._waiting.clear()
        if self._writing is not None:
            self._writing.cancel()

    async def _write(self) -> None:
        while self._waiting:
            await self._writer.write(self._waiting.popleft())

    def _count(self, event: Event, now: datetime) -> Occurrences:
        known = self._known.pop(event.identity, None)
        if known is None:
            found = Occurrences(self._next_name(now), now)
        else:
            found = replace(known, count=known.count + 1)
        self._known[event.identity] = found
        if len(self._known) > MOST_COUNTED:
            self._known.popitem(last=False)
        return found

    def _next_name(self, now: datetime) -> str:
        """Name a new event; events of the same second are shown in the order of their names."""
        self._last_ms = max(self._last_ms + 1, milliseconds(now))
        return f"{self._name[:200].rstrip('-.')}.{self._last_ms:016x}"

    def _is_allowed(self) -> bool:
        now = self._clock.monotonic()
        refill = (now - self._allowed_at) / REFILL_SECONDS
        self._allowance, self._allowed_at = min(float(BURST), self._allowance + refill), now
        if self._allowance < 1:
            return False
        self._allowance -= 1
        return True

    def _body(self, event: Event, occurrences: Occurrences, now: datetime) -> Object:
        return {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": occurrences.name, "namespace": "default"},
            # With a namespace it would not be shown by `kubectl describe`.
            "involvedObject": {
                "apiVersion": f"{GROUP}/{VERSION}",
                "kind": KIND,
                "name": self._name,
                "uid": self._uid,
            },
            "type": event.type,
            "reason": event.reason,
            "message": event.message,
            "count": occurrences.count,
            "firstTimestamp": timestamp(occurrences.first),
            "lastTimestamp": timestamp(now),
            "source": {"component": FIELD_MANAGER},
            "reportingComponent": FIELD_MANAGER,
        }
