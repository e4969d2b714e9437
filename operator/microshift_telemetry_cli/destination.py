"""A TelemetryConfig as the API server gives it → what the screens speak of.

An object may be of another version of the operator: what is missing or strange is None.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

RESOURCE = "telemetryconfigs.telemetry.microshift.io"
REQUESTED_AT = "telemetry.microshift.io/requestedAt"
DEFAULT_NAME = "cluster"
DEFAULT_PROTOCOL = "RemoteWrite"


@dataclass(frozen=True)
class Condition:
    """One condition of an object."""

    type: str
    status: str
    reason: str
    message: str
    since: str


@dataclass(frozen=True)
class Destination:
    """One object: one destination of reports."""

    name: str
    generation: int
    is_enabled: bool
    status: Mapping[str, Any]
    conditions: Mapping[str, Condition]

    @property
    def endpoint(self) -> str | None:
        """Where reports go, without a query: some receivers take a token there."""
        effective = self.mapping("effective")
        written = effective.get("endpoint")
        return written.partition("?")[0] if isinstance(written, str) else None

    @property
    def protocol(self) -> str | None:
        """How reports are sent, where that is not as by default."""
        protocol = self.mapping("effective").get("protocol")
        return protocol if isinstance(protocol, str) and protocol != DEFAULT_PROTOCOL else None

    @property
    def pending(self) -> int:
        """Samples that wait."""
        return self.number("pendingSamples") or 0

    def reason(self, kind: str) -> str:
        """Tell a condition's reason; empty when there is none."""
        return self.conditions[kind].reason if kind in self.conditions else ""

    def message(self, kind: str) -> str:
        """Tell a condition's message; empty when there is none."""
        return self.conditions[kind].message if kind in self.conditions else ""

    def is_ready(self) -> str:
        """Tell the status of Ready: True, False or Unknown, as it is before an edit is seen."""
        is_known = "Ready" in self.conditions and self.is_seen
        return self.conditions["Ready"].status if is_known else "Unknown"

    def answers(self, generation: int) -> bool:
        """Tell whether the operator has seen a generation of the spec."""
        return (self.number("observedGeneration") or 0) >= generation

    @property
    def is_seen(self) -> bool:
        """Whether the operator has seen the last edit."""
        return self.answers(self.generation)

    def mapping(self, name: str) -> Mapping[str, Any]:
        """Give an object of the status; empty when there is none."""
        value = self.status.get(name)
        return value if isinstance(value, Mapping) else {}

    def number(self, name: str) -> int | None:
        """Give a number of the status."""
        return number_in(self.status, name)


def number_in(values: Mapping[str, Any], name: str) -> int | None:
    """Give a number; None where there is none."""
    value = values.get(name)
    return value if isinstance(value, int) else None


def destination_from(body: Mapping[str, Any]) -> Destination:
    """Read an object."""
    metadata, spec, status = (_mapping(body.get(key)) for key in ("metadata", "spec", "status"))
    found = status.get("conditions")
    conditions = [_condition(_mapping(each)) for each in found] if isinstance(found, list) else []
    return Destination(
        name=str(metadata.get("name", "")),
        generation=number_in(metadata, "generation") or 0,
        is_enabled=spec.get("status") != "Disabled",
        status=status,
        conditions={each.type: each for each in conditions},
    )


def _condition(body: Mapping[str, Any]) -> Condition:
    kind, status, reason, message, since = (
        str(body.get(key, ""))
        for key in ("type", "status", "reason", "message", "lastTransitionTime")
    )
    return Condition(kind, status, reason, message, since)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
