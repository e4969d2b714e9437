"""Anonymised labels over a device's life: one hash, and never again the value once it is hidden."""

import asyncio
import logging
from pathlib import Path

import pytest

from microshift_telemetry.sending.answer import Answer
from tests.support.fakes import Post
from tests.support.life import A_MINUTE, AN_HOUR, ENDPOINT, Life
from tests.unit.fake_time import IN_FAKE_TIME

pytestmark = IN_FAKE_TIME

OPEN = {"endpoint": ENDPOINT, "samplingInterval": "10m", "sendingInterval": "1h"}
HIDING = OPEN | {"anonymizeLabels": ["instance"]}
ADDRESS = "192.0.2.7"


def instances(posts: list[Post]) -> set[str]:
    """Collect what requests say under the label `instance`."""
    labels = (label for post in posts for series in post.series for label in series.labels)
    return {value for name, value in labels if name == "instance"}


def values(posts: list[Post]) -> dict[tuple[str, int], float]:
    """Give the values of the series that has an address, by metric and time."""
    return {
        (dict(series.labels)["__name__"], time_ms): value
        for post in posts
        for series in post.series
        if "instance" in dict(series.labels)
        for time_ms, value in series.samples
    }


async def test_the_hash_is_the_same_after_all_that_a_device_goes_through(tmp_path: Path) -> None:
    async with Life(HIDING, state_path=tmp_path) as life:
        await asyncio.sleep(AN_HOUR)
        first = instances(life.receiver.confirmed)
        for event in (_nothing, _damage, _remove_journals):
            await life.end()
            event(tmp_path)
            life.begin()
            await asyncio.sleep(2 * AN_HOUR)
        life.edit({"status": "Disabled"})
        await asyncio.sleep(AN_HOUR)
        life.edit(HIDING)
        await asyncio.sleep(2 * AN_HOUR)
        life.telemetry.stop(is_deleted=True)
        await life.restart()
        await asyncio.sleep(2 * AN_HOUR)

    assert len(first) == 1
    assert ADDRESS not in first
    assert instances(life.receiver.posts) == first


async def test_two_devices_have_nothing_in_common(tmp_path: Path) -> None:
    async with Life(HIDING, state_path=tmp_path / "a") as one:
        await asyncio.sleep(AN_HOUR)
    async with Life(HIDING, state_path=tmp_path / "b") as other:
        await asyncio.sleep(AN_HOUR)

    assert len(instances(one.receiver.posts) | instances(other.receiver.posts)) == 2


async def test_a_salt_that_an_image_has_brought_along_is_not_used(tmp_path: Path) -> None:
    async with Life(HIDING, state_path=tmp_path) as life:
        await asyncio.sleep(AN_HOUR)
        before = instances(life.receiver.posts)
        await life.end()
        life.kube.objects["/api/v1/namespaces/kube-system"] = {"metadata": {"uid": "another"}}
        life.begin()
        await asyncio.sleep(25 * AN_HOUR)

    assert len(instances(life.receiver.posts) - before) == 1


async def test_without_a_disk_the_hash_lasts_as_long_as_the_process() -> None:
    async with Life(HIDING) as life:
        await asyncio.sleep(3 * AN_HOUR)
        first = instances(life.receiver.posts)
        await life.restart()
        await asyncio.sleep(3 * AN_HOUR)

    assert len(first) == 1
    assert len(instances(life.receiver.posts)) == 2
    assert ADDRESS not in instances(life.receiver.posts)


async def test_a_disk_that_comes_back_gives_the_hash_of_before(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    state = tmp_path / "state"
    async with Life(HIDING, state_path=state) as life:
        await asyncio.sleep(AN_HOUR)
        before = instances(life.receiver.posts)
        await life.end()
        state.rename(tmp_path / "unplugged")
        state.touch()
        life.begin()
        with caplog.at_level(logging.WARNING):
            await asyncio.sleep(2 * AN_HOUR)
        without = instances(life.receiver.posts) - before
        state.unlink()
        (tmp_path / "unplugged").rename(state)
        await asyncio.sleep(2 * AN_HOUR)
        posts = len(life.receiver.posts)
        await asyncio.sleep(AN_HOUR)

    said = [text for text in caplog.messages if text.startswith("cannot store the salt")]
    assert len(said) == len(without) == 1
    assert instances(life.receiver.posts[posts:]) == before


async def test_a_salt_made_without_a_disk_is_kept_once_there_is_one(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.touch()
    async with Life(HIDING, state_path=state) as life:
        await asyncio.sleep(AN_HOUR)
        state.unlink()
        await asyncio.sleep(2 * AN_HOUR)
        await life.restart()
        await asyncio.sleep(2 * AN_HOUR)

    assert len(instances(life.receiver.posts)) == 1


async def test_a_salt_is_made_only_where_one_is_needed(tmp_path: Path) -> None:
    async with Life(OPEN, state_path=tmp_path) as life:
        await asyncio.sleep(AN_HOUR)

    assert instances(life.receiver.posts) == {ADDRESS}
    assert not (tmp_path / "salt").exists()


async def test_a_frozen_report_never_says_again_what_is_hidden_since(tmp_path: Path) -> None:
    async with Life(OPEN, state_path=tmp_path) as life:
        life.receiver.answer = Answer(503)
        await asyncio.sleep(30 * A_MINUTE)
        tried = list(life.receiver.posts)
        life.receiver.seconds = 60
        life.request("now")
        await asyncio.sleep(5)
        life.edit(HIDING)
        life.receiver.answer, life.receiver.seconds = Answer(204), 0
        await asyncio.sleep(5)

    since = life.receiver.posts[len(tried) :]
    assert instances(tried) == {ADDRESS}
    assert ADDRESS not in instances(since)
    assert len(instances(since)) == 1
    again = values(since).keys() & values(tried).keys()
    assert again
    assert all(values(since)[key] == values(tried)[key] for key in again)


async def test_what_may_be_stored_stays_hidden_although_the_label_was_shown_again(
    tmp_path: Path,
) -> None:
    """Else the receiver would have two series for one instant."""
    async with Life(HIDING, state_path=tmp_path) as life:
        life.receiver.loses_answers = True
        await asyncio.sleep(30 * A_MINUTE)
        tried = values(life.receiver.posts)
        hidden = instances(life.receiver.posts)
        await life.end()
        life.edit(OPEN)
        life.receiver.loses_answers = False
        life.receiver.posts.clear()
        life.begin()
        await asyncio.sleep(12 * A_MINUTE)

    again = [post for post in life.receiver.posts if values([post]).keys() & tried.keys()]
    assert hidden != {ADDRESS}
    assert instances(again) == hidden
    assert instances(life.receiver.posts) == {ADDRESS, *hidden}


async def test_a_label_that_is_shown_again_waits_until_the_edit_has_settled() -> None:
    async with Life(HIDING) as life:
        await asyncio.sleep(AN_HOUR)
        life.edit(OPEN)
        for number in range(5):
            life.edit(HIDING)
            await asyncio.sleep(20)
            life.edit(OPEN)
            await asyncio.sleep(20)
            assert ADDRESS not in instances(life.receiver.posts), number
        await asyncio.sleep(2 * AN_HOUR)

    assert ADDRESS in instances(life.receiver.posts)


def _nothing(_: Path) -> None:
    pass


def _damage(state: Path) -> None:
    [journal] = state.glob("*.journal")
    journal.write_bytes(b"noise" * 100)


def _remove_journals(state: Path) -> None:
    for journal in state.glob("*.journal"):
        journal.unlink()
