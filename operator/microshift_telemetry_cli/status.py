"""`kubectl telemetry status`: one screen for the operator and all destinations."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from microshift_telemetry_cli.cluster import now
from microshift_telemetry_cli.commands import Call
from microshift_telemetry_cli.destination import Destination, destination_from
from microshift_telemetry_cli.errors import KubectlError
from microshift_telemetry_cli.kubectl import ANEW, OF_OBJECTS, QUIET, Event
from microshift_telemetry_cli.screen import Scene, document, screen

REDRAW_SECONDS = 10.0
"""Times grow, and the operator's pod is looked at again."""


class Watched:
    """The objects as a watch tells of them; while it is broken, as they were before."""

    def __init__(self, look: Callable[[], Sequence[Destination]]) -> None:
        """Know nothing yet; `look` lists what is there."""
        self._look = look
        self._objects: dict[str, Destination] = {}
        self._must_look = False
        self.is_stale = False
        """The API server does not answer."""

    @property
    def destinations(self) -> list[Destination]:
        """List them by name."""
        return [self._objects[name] for name in sorted(self._objects)]

    def take(self, event: Event) -> bool:
        """Take in what a watch tells; tell whether something changed."""
        if event == ANEW or (event == QUIET and self._must_look):
            return self._look_again(event)
        if event.kind not in OF_OBJECTS:
            return False
        self.is_stale = False
        destination = destination_from(event.object)
        if event.kind == "DELETED":
            self._objects.pop(destination.name, None)
        else:
            self._objects[destination.name] = destination
        return True

    def _look_again(self, event: Event) -> bool:
        """List the objects: a new watch does not tell which were deleted before it began."""
        before = (self.is_stale, self._objects)
        try:
            self._objects = {each.name: each for each in self._look()}
            self.is_stale = False
            self._must_look = event == ANEW
        except KubectlError:
            self.is_stale = self._must_look = True
        return before != (self.is_stale, self._objects)


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
    cluster, name = call.cluster, call.options.name
    watched = Watched(lambda: cluster.destinations(name))
    operator, drawn_at = cluster.operator(), float("-inf")
    for event in cluster.watch(name):
        was_stale = watched.is_stale
        is_changed = watched.take(event)
        is_old = time.monotonic() - drawn_at > REDRAW_SECONDS
        if (is_old and not is_changed) or watched.is_stale != was_stale:
            operator = cluster.operator()
        is_first = drawn_at == float("-inf")
        if is_changed or (is_old and (call.terminal.is_screen or is_first)):
            scene = Scene(operator, watched.destinations, is_stale=watched.is_stale)
            call.terminal.redraw(screen(scene, now(), call.terminal.style))
            drawn_at = time.monotonic()
    return 0
