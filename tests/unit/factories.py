"""Small values of the pure stages, for tests that care about a part of them."""

from collections.abc import Mapping
from typing import Any

from microshift_telemetry.sample.metrics import (
    CAPACITY_CPU,
    CPU_USAGE,
    DISK_USAGE,
    ETCD_OBJECTS,
    MEMORY_USAGE,
    RESOURCE_COUNT,
    RESOURCES,
    RUNNING_CONTAINERS,
)
from microshift_telemetry.sample.sample import Reading, SamplePass, Series
from microshift_telemetry.spec.effective import Effective, effective_from
from microshift_telemetry.spec.telemetry_config import parse_spec

CLUSTER_ID = "8f4c2b62-5c0e-4a6a-9a36-6f1f6a2c9d11"
NOON = 1_768_910_400_000
"""A Tuesday noon, in ms since the epoch."""
MINUTE, HOUR = 60_000, 3_600_000

MEMORY = Series.of(MEMORY_USAGE.name)
PODS = Series.of(RESOURCE_COUNT.name, resource="pods")
CORES = Reading(Series.of(CAPACITY_CPU.name), 2.0)

USAGES = tuple(Series.of(metric.name) for metric in (CPU_USAGE, MEMORY_USAGE, DISK_USAGE))
COUNTS = (
    *(Series.of(RESOURCE_COUNT.name, resource=resource) for resource in RESOURCES),
    Series.of(RUNNING_CONTAINERS.name),
    Series.of(ETCD_OBJECTS.name, instance="192.0.2.7"),
)


def a_sample_pass(at: int = NOON, *, static: tuple[Reading, ...] = ()) -> SamplePass:
    """Read memory and pods, each with a value that tells the instant."""
    dynamic = (Reading(MEMORY, at / 1000, 2.0e9), Reading(PODS, float(at % 97)))
    return SamplePass(at, dynamic, static)


def a_full_pass(at: int = NOON, value: float = 1.0) -> SamplePass:
    """Read every dynamic series that a device has: three usages with totals, nine counts."""
    usages = tuple(Reading(series, value, 100.0) for series in USAGES)
    return SamplePass(at, usages + tuple(Reading(series, value) for series in COUNTS))


def an_effective(**spec: object) -> Effective:
    """Resolve a spec, given as in YAML."""
    return effective_from(parse_spec(spec))


def a_telemetry_config(
    spec: object = None, annotations: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Build an object as the API server gives it."""
    return {
        "apiVersion": "telemetry.microshift.io/v1alpha1",
        "kind": "TelemetryConfig",
        "metadata": {
            "name": "cluster",
            "uid": "0c1d6d8e-3f1f-4c0a-8d3f-6b1f3a5e7c90",
            "creationTimestamp": "2026-01-20T12:00:00Z",
            "generation": 3,
            "annotations": {"a": "b", **(annotations or {})},
        },
        "spec": {"status": "Enabled"} if spec is None else spec,
        "status": {"observedGeneration": 2, "conditions": []},
    }


def a_list(*items: object) -> dict[str, Any]:
    """Make the API server's answer that lists these TelemetryConfigs."""
    return {
        "apiVersion": "telemetry.microshift.io/v1alpha1",
        "kind": "TelemetryConfigList",
        "metadata": {"resourceVersion": "7"},
        "items": list(items),
    }
