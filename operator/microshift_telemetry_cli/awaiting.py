"""Waits until the operator has answered, and tells a person meanwhile how long it has taken."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from microshift_telemetry_cli.destination import Destination, destination_from
from microshift_telemetry_cli.errors import PluginError, SilenceError
from microshift_telemetry_cli.kubectl import Event
from microshift_telemetry_cli.terminal import Terminal
from microshift_telemetry_cli.words import span


def wait_for(
    events: Iterable[Event],
    is_answered: Callable[[Destination], bool],
    seconds: float,
    terminal: Terminal,
) -> Destination:
    """Give the object once it has the answer.

    Raises:
        SilenceError: it has not within the time.
        PluginError: it was deleted meanwhile.
    """
    began = time.monotonic()
    try:
        for event in events:
            lasted = time.monotonic() - began
            if event.kind == "DELETED":
                raise PluginError("the TelemetryConfig was deleted in the meantime")
            if event.object and is_answered(destination := destination_from(event.object)):
                return destination
            if lasted > seconds:
                break
            terminal.progress(f"waiting for the operator ({span(lasted)})")
    finally:
        terminal.progress("")
    raise SilenceError(f"the operator did not answer within {span(seconds)}")
