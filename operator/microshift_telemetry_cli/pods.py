"""The operator's pods → whether it runs, and what keeps it from running."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LABEL = "app.kubernetes.io/name=microshift-telemetry"


@dataclass(frozen=True)
class Operator:
    """The operator on this device."""

    is_running: bool | None
    """None where that can't be told."""
    detail: str
    """In which way it does not run; else since when (RFC 3339)."""


def look_closer(namespace: str) -> str:
    """Say how to find out more of an operator that does not run."""
    return f"kubectl describe deployment,pods --namespace={namespace}"


def operator_from(pods: list[Any], namespace: str) -> Operator:
    """Read a list of pods."""
    if not pods:
        return Operator(is_running=False, detail=f"no pod in namespace {namespace}")
    ready = [pod for pod in pods if _condition(pod, "Ready").get("status") == "True"]
    if ready:
        since = _condition(ready[0], "Ready").get("lastTransitionTime")
        return Operator(is_running=True, detail=str(since or ""))
    return Operator(is_running=False, detail=_trouble(pods[0]))


def _trouble(pod: Any) -> str:
    """Say what keeps a pod from being ready, in the words of Kubernetes."""
    name, status = pod["metadata"]["name"], pod.get("status", {})
    for container in status.get("containerStatuses", []):
        waiting = container.get("state", {}).get("waiting", {})
        ended = container.get("lastState", {}).get("terminated", {})
        if waiting.get("reason"):
            said = ended.get("message") or waiting.get("message") or ""
            return _joined(f"pod {name}: {waiting['reason']}", said)
    scheduled = _condition(pod, "PodScheduled")
    if scheduled.get("status") == "False":
        return _joined(f"pod {name}: {scheduled.get('reason')}", scheduled.get("message", ""))
    return f"pod {name}: {status.get('phase', 'Unknown')}, not ready"


def _joined(what: str, said: str) -> str:
    words = " ".join(said.split())
    return f"{what}: {words[-300:]}" if words else what


def _condition(pod: Any, kind: str) -> Mapping[str, Any]:
    conditions: list[Mapping[str, Any]] = pod.get("status", {}).get("conditions", [])
    return next((each for each in conditions if each.get("type") == kind), {})
