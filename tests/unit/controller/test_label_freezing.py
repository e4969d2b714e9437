"""Whatever happens to a device: no sample may be stored under two values of a label."""

import asyncio
from collections import defaultdict
from pathlib import Path
from random import Random

import pytest

from microshift_telemetry.sending.answer import Answer
from tests.support.life import A_MINUTE, Life
from tests.unit.controller.labelled import PATH, SPEC, config_map
from tests.unit.fake_time import IN_FAKE_TIME

pytestmark = IN_FAKE_TIME

SITES = ("Berlin", "Bonn", "Köln")
EVENTS = 60


async def happen(life: Life, random: Random) -> None:
    """Edit or delete the ConfigMap, change the receiver's mind, or begin the process anew."""
    match random.choice(("edit", "edit", "delete", "lose", "lose", "take", "refuse", "restart")):
        case "edit":
            life.kube.objects[PATH] = config_map(site=random.choice(SITES))
        case "delete":
            life.kube.objects.pop(PATH, None)
        case "lose":
            life.receiver.answer, life.receiver.loses_answers = Answer(204), True
        case "take":
            life.receiver.answer, life.receiver.loses_answers = Answer(204), False
        case "refuse":
            life.receiver.answer, life.receiver.loses_answers = Answer(503), False
        case _:
            await life.restart()
    await asyncio.sleep(random.uniform(1, 25) * A_MINUTE)


@pytest.mark.parametrize("seed", range(5))
async def test_no_sample_may_be_stored_under_two_values(seed: int, tmp_path: Path) -> None:
    random = Random(seed)  # noqa: S311  # a seed, no secret
    async with Life(SPEC, state_path=tmp_path) as life:
        for _ in range(EVENTS):
            await happen(life, random)

    sites = defaultdict(set)
    for post in life.receiver.confirmed:  # taken, or stored by a receiver whose answer was lost
        for series in post.series:
            labels = dict(series.labels)
            site = labels.pop("site", None)
            for time_ms, _ in series.samples:
                sites[tuple(labels.items()), time_ms].add(site)
    assert len(set().union(*sites.values())) > 1
    assert {key: found for key, found in sites.items() if len(found) > 1} == {}
