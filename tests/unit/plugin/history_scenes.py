"""What the operator's pages say of reports that were sent and of the next one, at noon."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from tests.unit.plugin.scenes import DEVICE, NOON, ago

HOUR = timedelta(hours=1)


def a_series(name: str, *values: float, last: datetime = NOON, **labels: str) -> dict[str, Any]:
    """Make a series with a sample an hour, the last one then."""
    first = last - (len(values) - 1) * HOUR
    times = [int((first + number * HOUR).timestamp() * 1000) for number in range(len(values))]
    return {
        "labels": {"__name__": name, "_id": DEVICE, **labels},
        "samples": [list(each) for each in zip(times, values, strict=True)],
    }


def a_request(
    *series: dict[str, Any], code: int | None = 204, size: int = 1710, **before: float
) -> dict[str, Any]:
    """Make a request that was sent so long before noon; without a code it has no answer."""
    time = ago(**before)
    return {
        "time": time,
        "timeMs": int((NOON - timedelta(**before)).timestamp() * 1000),
        "url": "https://infogw.api.openshift.com/metrics/v1/receive",
        "bytes": size,
        "answer": None if code is None else {"statusCode": code, "time": time},
        "series": list(series),
    }


def a_history(*reports: Sequence[dict[str, Any]], **fields: Any) -> dict[str, Any]:
    """Make the page `/history` of reports, each of which is its requests."""
    kept = [{"requests": list(requests)} for requests in reports]
    return {"name": "cluster", "limit": 7, "note": "", "reports": kept, **fields}


def a_preview(*requests: Sequence[dict[str, Any]], **fields: Any) -> dict[str, Any]:
    """Make the page `/preview` of requests, each of which is its series."""
    return {
        "name": "cluster",
        "dryRun": False,
        "reporting": {"reason": "ReportDelivered", "message": "accepted by the receiver"},
        "destination": {"method": "POST", "url": "https://receiver.example", "headers": {}},
        "requests": [{"series": list(series)} for series in requests],
        **fields,
    }


CPU = a_series("cluster:cpu_usage_cores:sum", 0.41, 0.5, 0.38)
MEMORY = a_series("cluster:memory_usage_bytes:sum", 5123407872, 5123407872)
VERSION = a_series("cluster_version", 1, version="4.18.3", type="current")
PODS = a_series("instance:etcd_object_counts:sum", 41, 42, resource="pods")
ROUTES = a_series("instance:etcd_object_counts:sum", 3, 3, resource="routes")
LAST = (a_request(CPU, MEMORY, size=3390, hours=5.2), a_request(VERSION, PODS, hours=5.19))
EMPTY = a_history()
HISTORIES = {
    "well": a_history(
        (a_request(CPU, MEMORY, VERSION, PODS, days=2, hours=5.2),),
        (a_request(CPU, MEMORY, VERSION, PODS, hours=29.2),),
        LAST,
    ),
    "outage": a_history(
        (a_request(CPU, MEMORY, days=3, hours=5),),
        (
            a_request(CPU, code=503, days=2),
            a_request(CPU, code=503, days=1.9),
            a_request(CPU, MEMORY, code=None, days=1.8),
            a_request(CPU, MEMORY, days=1),
        ),
        (a_request(CPU, code=401, size=1234567, hours=3),),
        (a_request(CPU, code=None, minutes=5),),
    ),
    "young": EMPTY,
    "none-kept": a_history(limit=0),
    "too-large": a_history(
        LAST,
        note="the report of 2026-11-20T06:48:00Z was too large to be kept: it has 5,213,002 bytes",
    ),
    "unkept": a_history(note="the state directory is full"),
}
"""Pages `/history`, by their golden screen."""
DIFFS = {
    "young": (EMPTY, a_preview([CPU, VERSION])),
    "equal": (a_history(LAST), a_preview([CPU, PODS], [MEMORY, VERSION])),
    "nothing-waits": (a_history(LAST), a_preview()),
    "changed": (
        a_history(LAST),
        a_preview(
            [
                a_series("cluster:cpu_usage_cores:sum", 9, 0.62),
                MEMORY,
                a_series("cluster_version", 1, version="4.18.4", type="current"),
            ],
            [
                a_series("instance:etcd_object_counts:sum", 47, resource="pods"),
                ROUTES,
                a_series("cluster:capacity_memory_bytes:sum", 16374562816, site='plant "7"\n'),
            ],
        ),
    ),
    "gone": (
        a_history((a_request(CPU, MEMORY, VERSION, PODS, ROUTES, code=503, hours=1),)),
        a_preview([CPU, VERSION], dryRun=True),
    ),
}
"""Pages `/history` and `/preview`, by the golden screen of their difference."""
