"""A start of MicroShift on its way to a push gateway: beside everything else, for an hour at most.

An aggregation gateway adds what it gets. So a push of which nobody knows whether it was taken is
not repeated, also not by the next process: a start is counted at most once.
"""

import asyncio
import logging
import random
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace

from microshift_telemetry.buffer.records import Launched
from microshift_telemetry.buffer.store import Store
from microshift_telemetry.controller.connecting import GATEWAY, Connector
from microshift_telemetry.controller.launches import Launches
from microshift_telemetry.delivery.backoff import retry_delay_seconds
from microshift_telemetry.foreign_text import is_page
from microshift_telemetry.logs import about
from microshift_telemetry.report.push import HEADERS, push_body, push_endpoint
from microshift_telemetry.sending.connection import UnreachableError
from microshift_telemetry.sending.raw_answer import Response
from microshift_telemetry.sending.receiver import BODY_BYTES
from microshift_telemetry.sending.speaker import speaker_of
from microshift_telemetry.sources.launch import Launch
from microshift_telemetry.sources.microshift_start import MicroshiftStart
from microshift_telemetry.spec.endpoint import Endpoint
from microshift_telemetry.spec.lifecycle import Lifecycle

PUSH_SECONDS = 3600.0
"""After the result of a start is known; then it is given up."""

logger = logging.getLogger(__name__)


class Pushed:
    """The last start that each gateway got of this process: several objects may name one."""

    def __init__(self) -> None:
        """Know of none."""
        self._starts: dict[Endpoint, MicroshiftStart] = {}

    def has(self, gateway: Endpoint, start: MicroshiftStart) -> bool:
        """Tell whether the gateway has counted a start, or may have."""
        known = self._starts.get(gateway)
        return known is not None and known.is_same_as(start)

    def note(self, gateway: Endpoint, start: MicroshiftStart, *, is_counted: bool) -> None:
        """Note whether a gateway may have counted a start."""
        if is_counted:
            self._starts[gateway] = start
        else:
            self._starts.pop(gateway, None)


class Pushes:
    """The pushes of one TelemetryConfig."""

    def __init__(
        self,
        name: str,
        store: Store,
        launches: Launches,
        connector: Connector,
        pushed: Pushed,
    ) -> None:
        """Push nothing yet; all objects share what is `pushed`."""
        self._name = name
        self._store = store
        self._launches = launches
        self._connector = connector
        self._pushed = pushed

    async def push(
        self,
        wanted: Lifecycle,
        gateway: Endpoint,
        wait_seconds: float,
        is_ours: Callable[[], bool],
    ) -> None:
        """Push the start that is due, after a wait; it is tried again until it must be given up.

        Args:
            wanted: what of it is to be told.
            gateway: to where.
            wait_seconds: before the first try.
            is_ours: tells whether no other object pushes it in place of this one.
        """
        launch, failures, why = self._launches.due, 0, "the operator was not running"
        body = "" if launch is None else push_body(launch, wanted)
        if launch is None or not body:
            return
        while True:
            await asyncio.sleep(wait_seconds)
            if self._launches.due != launch:
                why = f"another start has followed; {why}"
                break
            if self._is_pushed(launch, gateway) or not is_ours():
                return
            if self._is_given_up(launch):
                break
            why = await self._try(launch, body.encode(), gateway)
            if not why:
                extra = about(self._name, bytes=len(body))
                logger.info("start of MicroShift pushed to %s", gateway.shown, extra=extra)
                return
            if self._launches.due != launch:
                break
            failures += 1
            wait_seconds = retry_delay_seconds(failures, random.random())  # noqa: S311  # spreads a fleet
        self._note(launch, is_told=True)
        extra = about(self._name)
        logger.warning("start of MicroShift not pushed to %s: %s", gateway.shown, why, extra=extra)

    def _is_pushed(self, launch: Launch, gateway: Endpoint) -> bool:
        """Tell whether another object has pushed a start, which counts as told then."""
        is_pushed = self._pushed.has(gateway, launch.start)
        if is_pushed:
            self._note(launch, is_told=True)
        return is_pushed

    def _note(self, launch: Launch, *, is_told: bool) -> None:
        """Note whether a start counts as told, unless another one has followed."""
        known = self._store.ledger.launch
        if known is not None and known.start == launch.start:
            self._store.record(Launched(replace(launch, is_told=is_told)))

    def _is_given_up(self, launch: Launch) -> bool:
        seconds = self._launches.seconds_since(launch.start)
        return seconds is None or seconds - launch.result_seconds >= PUSH_SECONDS

    async def _try(self, launch: Launch, body: bytes, gateway: Endpoint) -> str:
        """Push once, and say why it was not taken, or not known to be; empty when it was.

        What goes out counts as told until it is known that the gateway did not take it.
        """

        async def note_sending() -> None:
            self._note(launch, is_told=True)
            self._pushed.note(gateway, launch.start, is_counted=True)
            await self._store.saved()

        def note_not_taken() -> None:
            self._note(launch, is_told=False)
            self._pushed.note(gateway, launch.start, is_counted=False)

        connection = self._connector.connect_gateway(push_endpoint(gateway))
        async with aclosing(connection):
            try:
                answer = await connection.post(body, HEADERS, BODY_BYTES, note_sending)
            except UnreachableError as error:
                if not error.was_sent:
                    note_not_taken()
                return str(error)
        why = refusal_in(answer, is_read_by_proxy=connection.is_read_by_proxy)
        if why:
            note_not_taken()
        return why


def refusal_in(answer: Response, *, is_read_by_proxy: bool) -> str:
    """Say who has not taken a push; empty where it was taken: by a 2xx that is no web page."""
    code, headers = answer.status_code, answer.headers
    if 200 <= code <= 299:
        is_portal = is_page(headers.get("content-type", ""), answer.beginning)
        return f"a web page answers in place of the gateway ({code})" if is_portal else ""
    speaker = speaker_of(code, headers, is_read_by_proxy=is_read_by_proxy)
    return f"{speaker.value.replace('the receiver', GATEWAY.name)} answered {code}"
