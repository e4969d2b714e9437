"""What arrived of the starts of MicroShift, in fake time."""

import asyncio

from microshift_telemetry.spec.shaping import INVOCATION
from tests.support.life import A_MINUTE, ENDPOINT, Life

SPEC = {"endpoint": ENDPOINT, "aggregation": "None"}
ON = {**SPEC, "lifecycle": {"status": "Enabled"}}

Told = dict[str, str]


def told(life: Life, metric: str) -> list[Told]:
    """Give the labels of each sample of a metric that arrived, in order, but for `_id`."""
    found = [
        (at, {name: text for name, text in series.labels if name not in {"__name__", "_id"}})
        for post in life.receiver.confirmed
        for series in post.series
        if ("__name__", metric) in series.labels
        for at, value in series.samples
        if value == 1
    ]
    return [labels for _, labels in sorted(found, key=lambda each: each[0])]


async def install(life: Life) -> None:
    await asyncio.sleep(30 * A_MINUTE)
    assert [each["command"] for each in told(life, INVOCATION)] == ["install"]
