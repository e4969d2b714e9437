"""10,000 starts of a fleet through a gateway that adds: no labels are those of a few devices.

The fleet has three kinds of hardware and is in the week of a release that fails on some devices.
"""

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from microshift_telemetry.report.push import push_body
from microshift_telemetry.sources.launch import LATEST_SECONDS, Launch, Result, judged, next_launch
from microshift_telemetry.sources.microshift_start import MicroshiftStart
from microshift_telemetry.spec.lifecycle import Lifecycle
from microshift_telemetry.spec.shaping import DURATION, INVOCATION, MODIFICATION
from tests.models.aggregation_gateway import AggregationGateway

PAGE = Path(__file__).parents[3] / "docs" / "lifecycle.md"

STARTS = 10_000
OLD, NEW = "4.20.7", "4.21.3"
WAYS = {("", NEW): 15, (OLD, OLD): 20, (NEW, NEW): 20, (OLD, NEW): 25, (NEW, OLD): 20}
"""Versions before and after a start, by their share: installs, restarts, upgrades, roll-backs."""
HARDWARE = ((50, 145), (110, 295), (180, 440))
"""Seconds until the node is Ready, from and to."""
SLOW, SLOW_SHARE = (620, 740), 0.03
"""Those that check their disk first."""
NEVER_SHARE, PODS_SHARE, PODS_SHARE_OF_SLOW = 0.02, 0.05, 0.5
FIELDS = (("lifecycle",), ("endpoint", "lifecycle"), ("endpoint", "externalLabels", "lifecycle"))
FEWEST = 10


def a_start(random: Random, number: int) -> Launch:
    [(before, version)] = random.choices(list(WAYS), [*WAYS.values()])
    is_slow, is_never = random.random() < SLOW_SHARE, random.random() < NEVER_SHARE
    seconds = random.uniform(*(SLOW if is_slow else random.choice(HARDWARE)))
    start = MicroshiftStart(f"boot {number}", random.uniform(5, 60))
    last = Launch(start, version=before) if before else None
    launch = replace(
        next_launch(last, start, random.uniform(15, seconds), is_first=not last, is_late=False),
        version=version,
        node_ready_seconds=None if is_never else round(seconds),
        manifests_applied_seconds=round(seconds + random.uniform(5, 60)),
    )
    if is_never:
        return judged(launch, Result.NODE_NOT_READY, LATEST_SECONDS)
    has_failed = random.random() < (PODS_SHARE_OF_SLOW if is_slow else PODS_SHARE)
    result = Result.PODS_NOT_READY if has_failed else Result.SUCCESS
    return judged(launch, result, seconds + 600)


@pytest.fixture(scope="module")
def gateway() -> AggregationGateway:
    random, gateway = Random(16), AggregationGateway()  # noqa: S311  # to repeat it
    for number in range(STARTS):
        wanted = Lifecycle(modified=random.choice(FIELDS))
        gateway.push(push_body(a_start(random, number), wanted))
    return gateway


def test_each_start_is_counted_once_in_the_sums(gateway: AggregationGateway) -> None:
    assert sum(gateway.of(INVOCATION).values()) == STARTS
    ready = sum(
        n for labels, n in gateway.of(DURATION).items() if ("stage", "node_ready") in labels
    )
    never = sum(n for labels, n in gateway.of(INVOCATION).items() if ("duration", "60+") in labels)
    assert ready + never == STARTS
    assert gateway.of(MODIFICATION)[frozenset({("field", "lifecycle")})] == STARTS


def test_every_combination_of_labels_is_shared_and_the_rarest_is_named(
    gateway: AggregationGateway,
) -> None:
    (metric, labels), shared = min(
        gateway.sums.items(), key=lambda each: (each[1], sorted(each[0][1]))
    )
    rarest = ", ".join(f'{name}="{value}"' for name, value in sorted(labels))
    said = " ".join(PAGE.read_text().split())

    assert shared >= FEWEST
    assert f"{STARTS:,} simulated starts add up to {len(gateway.sums)} series" in said
    assert f"The rarest, `{metric}{{{rarest}}}`, is shared by {shared} starts" in said


def test_no_push_has_a_word_that_another_device_could_not_have(gateway: AggregationGateway) -> None:
    """A value of a label comes from a short list: versions of MicroShift, steps, names of ours."""
    values: dict[str, set[str]] = {}
    for _, labels in gateway.sums:
        for name, value in labels:
            values.setdefault(name, set()).add(value)

    assert set(values) == {
        *("command", "from_version", "version", "result", "duration"),
        *("stage", "minutes", "field"),
    }
    assert values["version"] == values["from_version"] == {OLD, NEW}
    assert max(map(len, values.values())) <= 25
