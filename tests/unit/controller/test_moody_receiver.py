"""A receiver whose every answer is drawn, and restarts: the fault run in small, in fake time."""

import asyncio
import random
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import pytest

from microshift_telemetry.sending.answer import Answer
from tests.support.fakes import Post
from tests.support.life import A_MINUTE, ENDPOINT, Life
from tests.unit.fake_time import IN_FAKE_TIME

pytestmark = IN_FAKE_TIME

SPEC = {
    "endpoint": ENDPOINT,
    "samplingInterval": "1m",
    "sendingInterval": "5m",
    "aggregation": "None",
}
STATUSES = (*[204] * 6, 400, 401, 404, 409, 413, 422, 429, 500, 503)
SERIES = 12
"""Dynamic ones, of each pass with the fakes."""

STORES = {204}
REFUSES = {400, 409, 413, 422, 500}

Times = frozenset[int]


@pytest.mark.parametrize("seed", range(5))
async def test_every_pass_is_stored_waiting_or_counted_and_told_with_one_value(
    seed: int, tmp_path: Path
) -> None:
    draw = random.Random(seed)  # noqa: S311  # to repeat it
    answered: list[tuple[Times, int]] = []

    def judge(post: Post) -> Answer:
        answered.append((post.times_ms, draw.choice(STATUSES)))
        return Answer(answered[-1][1])

    async with Life(SPEC, state_path=tmp_path) as life:
        life.receiver.judge = judge
        for _ in range(5):
            await asyncio.sleep(draw.uniform(5, 40) * A_MINUTE)
            await life.restart()
        await asyncio.sleep(draw.uniform(5, 20) * A_MINUTE)

        waiting = frozenset(life.backlog.times_ms)
        posted = _union(times for times, _ in answered)
        stored = _union(times for times, status in answered if status in STORES)
        # A pass off the grid is nobody's loss.
        refused = _of_the_grid(posted) - waiting - stored
        refusable = _union(times for times, status in answered if status in REFUSES) - waiting
        known = life.remembered
        given_up = known.dropped_samples + life.maybe_stored
        assert len(refused) * SERIES <= given_up
        assert known.dropped_samples <= len(refusable) * SERIES
        every = sorted(posted | waiting)
        assert len(every) > 60
        assert max(later - earlier for earlier, later in pairwise(every)) < 2 * 60_000
        _assert_one_value_each(life)


def _of_the_grid(times: Times) -> Times:
    [(phase, _)] = Counter(each % 60_000 for each in times).most_common(1)
    return frozenset(each for each in times if each % 60_000 == phase)


def _union(times: Iterable[Times]) -> Times:
    return frozenset[int]().union(*times)


def _assert_one_value_each(life: Life) -> None:
    values: dict[tuple[object, int], float] = {}
    for post in life.receiver.posts:
        for series in post.series:
            for time_ms, value in series.samples:
                assert values.setdefault((series.labels, time_ms), value) == value
