"""`kubectl telemetry status`: one screen for the operator and all destinations."""

from __future__ import annotations

import time

from microshift_telemetry_cli.cluster import now
from microshift_telemetry_cli.commands import Call
from microshift_telemetry_cli.destination import Destination, destination_from
from microshift_telemetry_cli.kubectl import Event
from microshift_telemetry_cli.screen import Scene, document, screen

REDRAW_SECONDS = 10.0
"""Times grow, and the operator's pod is looked at again."""


def run(call: Call) -> int:
    """Show how telemetry stands."""
    if call.options.watch:
        return _watch(call)
    scene = call.cluster.scene(call.options.name)
    if call.options.output:
        call.terminal.show_document(document(scene), call.options.output)
    else:
        call.terminal.show(screen(scene, now(), call.terminal.style))
    return scene.exit_code


def _watch(call: Call) -> int:
    """Show it again whenever it changes, until Ctrl-C."""
    cluster, objects = call.cluster, dict[str, Destination]()
    operator, drawn_at = cluster.operator(), float("-inf")
    for event in cluster.watch(call.options.name):
        is_changed = _take(objects, event)
        is_old = time.monotonic() - drawn_at > REDRAW_SECONDS
        if is_old and not is_changed:
            operator = cluster.operator()
        is_first = drawn_at == float("-inf")
        if is_changed or (is_old and (call.terminal.is_screen or is_first)):
            scene = Scene(operator, [objects[name] for name in sorted(objects)])
            call.terminal.redraw(screen(scene, now(), call.terminal.style))
            drawn_at = time.monotonic()
    return 0


def _take(objects: dict[str, Destination], event: Event) -> bool:
    """Take in what a watch tells; tell whether something changed."""
    if event.kind == "ANEW":
        objects.clear()
    if not event.object:
        return False
    destination = destination_from(event.object)
    if event.kind == "DELETED":
        objects.pop(destination.name, None)
    else:
        objects[destination.name] = destination
    return True
