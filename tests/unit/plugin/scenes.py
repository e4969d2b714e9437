"""Devices as `kubectl telemetry status` may find them, all at noon of one day."""

from datetime import UTC, datetime, timedelta
from typing import Any

from microshift_telemetry_cli.destination import Destination, destination_from
from microshift_telemetry_cli.pods import Operator
from microshift_telemetry_cli.screen import Scene

NOON = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
DEVICE = "1d9c6ba1-52c8-4bd8-9a3e-5f2f0b7f6f0e"


def ago(**parts: float) -> str:
    """Write a time before noon; after it where a part is negative."""
    return (NOON - timedelta(**parts)).isoformat().replace("+00:00", "Z")


RUNS = Operator(is_running=True, detail=ago(days=3))
CRASHES = Operator(
    is_running=False,
    detail="pod microshift-telemetry-7c9d-x2b4l: CrashLoopBackOff: TELEMETRY_LISTEN: '8080' is "
    "not HOST:PORT or :PORT",
)
A_STATUS = {
    "observedGeneration": 2,
    "clusterID": DEVICE,
    "operatorVersion": "0.1.0",
    "effective": {
        "status": "Enabled",
        "sendingInterval": "24h",
        "samplingInterval": "1h",
        "endpoint": "https://infogw.api.openshift.com/metrics/v1/receive",
        "authorization": "PullSecret",
        "aggregation": "Auto",
    },
    "lastReportTime": ago(hours=5, minutes=12),
    "nextReportTime": ago(hours=-18.8),
    "oldestPendingTime": ago(hours=4.5),
    "pendingSamples": 60,
    "droppedSamples": 0,
    "lastReport": {
        "time": ago(hours=5, minutes=12),
        "series": 17,
        "samples": 293,
        "requests": 3,
        "bytes": 5123,
        "statusCode": 204,
        "fresh": True,
    },
}
ACCEPTED = ("True", "ReportDelivered", "accepted by the receiver")
COLLECTED = ("True", "SamplesCollected", "all sources were read")


def a_body(
    name: str = "cluster",
    ready: str = "True",
    reporting: tuple[str, str, str] = ACCEPTED,
    sampling: tuple[str, str, str] = COLLECTED,
    **status: Any,
) -> dict[str, Any]:
    """Make an object as the API server gives it."""
    decides = reporting if sampling[1] != "SourceUnavailable" else sampling
    said = {"Ready": (ready, *decides[1:]), "Sampling": sampling, "Reporting": reporting}
    return {
        "metadata": {"name": name, "generation": 2},
        "spec": {"status": "Disabled" if reporting[1] == "Disabled" else "Enabled"},
        "status": A_STATUS | {"conditions": [_condition(*each) for each in said.items()]} | status,
    }


def _condition(kind: str, said: tuple[str, str, str]) -> dict[str, Any]:
    names = ("status", "reason", "message")
    has_failed = said[0] == "False" and said[1] != "Disabled"
    since = ago(hours=4.2) if has_failed else ago(days=41)
    times = {"lastTransitionTime": since, "observedGeneration": 2}
    return {"type": kind, **dict(zip(names, said, strict=True)), **times}


def a_destination(*arguments: Any, **status: Any) -> Destination:
    """Make a destination; the same arguments as `a_body`."""
    return destination_from(a_body(*arguments, **status))


UNAUTHORIZED = (
    "False",
    "Unauthorized",
    (
        "the receiver rejects the credentials (401 Unauthorized: invalid token); correct the "
        "credentials that spec.authorization references; samples are kept"
    ),
)
UNSYNCHRONIZED = (
    "Unknown",
    "ClockNotSynchronized",
    (
        "the kernel does not report the device's clock as synchronized; samples are kept until the "
        "receiver confirms the time; check chronyd; all sources were read"
    ),
)
OFF = ("False", "Disabled", "spec.status is Disabled: no reports are sent")
UNREACHABLE = (
    "False",
    "EndpointUnreachable",
    (
        "the receiver 192.0.2.7:443: no answer within 30 s; check spec.endpoint, the network and a "
        "firewall; samples are kept and sent later"
    ),
)
NEVER = {"lastReport": None, "lastReportTime": None}
SCENES = {
    "well": Scene(RUNS, [a_destination()]),
    "unauthorized": Scene(RUNS, [a_destination("cluster", "False", UNAUTHORIZED)]),
    "outage": Scene(
        RUNS,
        [
            a_destination(
                *("plant", "True", UNREACHABLE),
                droppedSamples=1234,
                lastLoss={"time": ago(days=2), "samples": 34, "reason": "Expired"},
            )
        ],
    ),
    "young": Scene(
        RUNS,
        [
            a_destination(
                *("cluster", "Unknown"),
                (
                    "Unknown",
                    "ReportPending",
                    "no report was sent yet; status.nextReportTime shows when the first is due",
                ),
                UNSYNCHRONIZED,
                **NEVER,
            )
        ],
    ),
    "off": Scene(
        RUNS,
        [
            a_destination(
                *("cluster", "True", OFF),
                ("False", "Disabled", "spec.status is Disabled: no samples are taken"),
                effective={"status": "Disabled"},
                pendingSamples=0,
                nextReportTime=None,
            )
        ],
    ),
    "crashing": Scene(CRASHES, [a_destination()]),
    "two": Scene(RUNS, [a_destination(), a_destination("plant", "False", UNREACHABLE, **NEVER)]),
    "untouched": Scene(
        Operator(is_running=False, detail="no pod in namespace microshift-telemetry"),
        [destination_from({"metadata": {"name": "cluster"}, "spec": {}})],
    ),
    "none": Scene(RUNS, []),
    "bare": Scene(CRASHES, []),
    "unseen": Scene(
        Operator(
            is_running=None,
            detail='Error from server (Forbidden): pods is forbidden: User "ada" cannot list '
            'resource "pods" in API group "" in the namespace "microshift-telemetry"',
        ),
        [a_destination()],
    ),
}
