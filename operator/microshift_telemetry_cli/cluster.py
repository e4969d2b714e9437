"""What the commands ask of the cluster, in their words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from microshift_telemetry_cli.destination import RESOURCE, Destination, destination_from
from microshift_telemetry_cli.errors import KubectlError, PluginError
from microshift_telemetry_cli.kubectl import Event, Kubectl
from microshift_telemetry_cli.pods import LABEL, Operator, operator_from
from microshift_telemetry_cli.screen import Scene

QUIET_SECONDS = 1.0
LOOK_SECONDS = 5


@dataclass(frozen=True)
class Cluster:
    """The device's cluster, as the caller may see it."""

    kubectl: Kubectl

    def scene(self, name: str | None) -> Scene:
        """Look at the operator and at one destination, or at all of them.

        Raises:
            PluginError: there is no such destination, or it can't be read.
        """
        found, pods = self.kubectl.both(("get", RESOURCE), self._pods)
        shown = _destinations(found) if name is None else [_named(name, found)]
        return Scene(self._operator(pods), shown)

    def destinations(self, name: str | None) -> list[Destination]:
        """List what is there of one destination, or of all; does not wait long for an answer.

        Raises:
            KubectlError: they can't be read.
        """
        found = self.kubectl.json("get", RESOURCE, f"--request-timeout={LOOK_SECONDS}s")
        return [each for each in _destinations(found) if name in {None, each.name}]

    def operator(self) -> Operator:
        """Look at the operator alone."""
        try:
            return self._operator(self.kubectl.json(*self._pods))
        except KubectlError as error:
            return self._operator(error)

    def destination(self, name: str) -> Destination:
        """Look at one destination.

        Raises:
            PluginError: there is none of this name, or it can't be read.
        """
        return _named(name, self.kubectl.json("get", RESOURCE))

    def patch(self, name: str, spec_status: str) -> Destination:
        """Set `spec.status`, and give the object with its new generation."""
        patch = f'{{"spec":{{"status":"{spec_status}"}}}}'
        return destination_from(
            self.kubectl.json("patch", RESOURCE, name, "--type=merge", f"--patch={patch}")
        )

    def annotate(self, name: str, annotation: str) -> None:
        """Set an annotation."""
        self.kubectl.run("annotate", "--overwrite", RESOURCE, name, annotation)

    def watch(self, name: str | None) -> Iterator[Event]:
        """Tell what becomes of one destination, or of all."""
        wanted = (RESOURCE, name) if name else (RESOURCE,)
        return self.kubectl.watch(*wanted, quiet_seconds=QUIET_SECONDS)

    @property
    def _pods(self) -> tuple[str, ...]:
        return ("get", "pods", f"--namespace={self.kubectl.namespace}", f"--selector={LABEL}")

    def _operator(self, pods: Any | KubectlError) -> Operator:
        if isinstance(pods, KubectlError):
            return Operator(is_running=None, detail=pods.said)
        return operator_from(pods["items"], self.kubectl.namespace)


def _destinations(found: Any) -> list[Destination]:
    return [destination_from(body) for body in found["items"]]


def _named(name: str, found: Any) -> Destination:
    by_name = {each.name: each for each in _destinations(found)}
    if name in by_name:
        return by_name[name]
    there = ", ".join(sorted(by_name)) or "none"
    raise PluginError(f"TelemetryConfig {name} not found; existing ones: {there}")


def now() -> datetime:
    """Tell the time."""
    return datetime.now(timezone.utc)  # noqa: TID251  # asked here alone
