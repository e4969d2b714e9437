"""Labels with values of the device: read before each report, frozen in it, and told if missing."""

import asyncio
import logging
from collections.abc import Iterable
from pathlib import Path

import pytest

from microshift_telemetry.controller.preview import Preview
from microshift_telemetry.kube.bodies import Object
from microshift_telemetry.kube.errors import KubeError, KubeForbiddenError
from tests.support.fake_kube import a_node
from tests.support.fakes import Post
from tests.support.life import A_MINUTE, AN_HOUR, NAMESPACE, Life
from tests.unit.controller.dry_runs import a_desk
from tests.unit.controller.labelled import (
    HOURLY,
    OUT,
    PATH,
    SITE,
    SPEC,
    config_map,
    message,
    values,
)
from tests.unit.fake_time import IN_FAKE_TIME

pytestmark = IN_FAKE_TIME

NODES = "/api/v1/nodes"
HOST = {"name": "host", "valueFrom": {"nodeName": {}}}
ZONE = {"name": "zone", "valueFrom": {"nodeLabel": "example.com/zone"}}
DENIED = KubeForbiddenError(f"{PATH}: 403: forbidden")


def samples(posts: Iterable[Post]) -> set[tuple[object, int, float]]:
    return {
        (series.labels, *sample)
        for post in posts
        for series in post.series
        for sample in series.samples
    }


def shown(preview: Preview) -> list[dict[str, str]]:
    return [dict(series.labels) for request in preview.requests() for series in request]


async def test_every_series_has_the_values_of_the_device() -> None:
    labels = [SITE, HOST, ZONE]
    async with Life(HOURLY | {"externalLabelsFrom": labels}) as life:
        node = a_node()
        node["metadata"]["labels"]["example.com/zone"] = "north-1"
        life.kube.objects |= {PATH: config_map(site="Berlin\n"), NODES: {"items": [node]}}
        await asyncio.sleep(2 * AN_HOUR)

    for name, value in {"site": "Berlin", "host": "edge-1", "zone": "north-1"}.items():
        assert set(values(life.receiver.posts, name)) == {value}


async def test_an_edit_of_the_config_map_counts_at_the_next_report() -> None:
    async with Life(SPEC) as life:
        life.kube.objects[PATH] = config_map(site="Berlin")
        await asyncio.sleep(AN_HOUR)
        before = len(life.receiver.posts)
        life.kube.objects[PATH] = config_map(site="Bonn")
        life.request("now")
        await asyncio.sleep(A_MINUTE)

    assert set(values(life.receiver.posts[:before])) == {"Berlin"}
    assert set(values(life.receiver.posts[before:])) == {"Bonn"}


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (None, f"ConfigMap device, key site: not found in namespace {NAMESPACE}; create it"),
        ({}, 'ConfigMap device has no key "site"; it has no keys; add it'),
        (config_map(line="7"), 'ConfigMap device has no key "site"; its keys are: line; add it'),
        (config_map(site=""), "ConfigMap device, key site: empty; set a text as its value"),
        (config_map(site=" \n"), "ConfigMap device, key site: empty; set a text as its value"),
        (
            {"binaryData": {"site": "/w=="}},
            "ConfigMap device, key site: binary data, not text; set a text as its value",
        ),
        (
            config_map(site="\ud800"),
            "ConfigMap device, key site: not valid UTF-8; set a text as its value",
        ),
        (
            config_map(site="x" * 257),
            "ConfigMap device, key site: longer than 256 characters; shorten it",
        ),
        (DENIED, f"{DENIED}; apply the Role microshift-telemetry again"),
    ],
    ids=[
        *("no ConfigMap", "no data", "no key", "empty", "blank", "binary", "surrogate", "long"),
        "denied",
    ],
)
async def test_a_value_that_cannot_be_read_is_left_out_told_once_and_recovers(
    found: Object | KubeError | None, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with Life(SPEC) as life:
        if isinstance(found, KubeError):
            life.kube.errors[PATH] = found
        elif found is not None:
            life.kube.objects[PATH] = found
        await asyncio.sleep(3 * AN_HOUR)
        without, said, ready = len(life.receiver.posts), message(life), life.condition("Ready")
        life.kube.errors.clear()
        life.kube.objects[PATH] = config_map(site="Berlin")
        await asyncio.sleep(AN_HOUR)
        recovered = message(life)

    assert set(values(life.receiver.posts[:without])) == {None}
    assert set(values(life.receiver.posts[without:])) == {"Berlin"}
    assert said == f"accepted by the receiver; {OUT}{why}"
    assert ready == ("True", "ReportDelivered")
    assert recovered == "accepted by the receiver"
    assert caplog.messages.count(f"{OUT}{why}") == 1
    assert caplog.messages.count("every label of spec.externalLabelsFrom is read again") == 1


async def test_a_node_without_the_label_is_told_with_the_command_that_helps() -> None:
    async with Life(HOURLY | {"externalLabelsFrom": [ZONE]}) as life:
        await asyncio.sleep(AN_HOUR)

        assert message(life).endswith(
            'label zone is left out: node edge-1 has no label "example.com/zone"; label the node'
        )


async def test_the_fixed_label_of_the_name_is_used_until_the_value_is_there() -> None:
    async with Life(SPEC | {"externalLabels": {"site": "unknown"}}) as life:
        await asyncio.sleep(AN_HOUR)
        before, said = len(life.receiver.posts), message(life)
        life.kube.objects[PATH] = config_map(site="Berlin")
        await asyncio.sleep(AN_HOUR)

    assert set(values(life.receiver.posts[:before])) == {"unknown"}
    assert set(values(life.receiver.posts[before:])) == {"Berlin"}
    assert "label site has its value from spec.externalLabels: ConfigMap device" in said


async def test_values_that_are_too_long_together_never_stop_a_report() -> None:
    fixed = {f"l{number:02}": "é" * 128 for number in range(15)}
    async with Life(SPEC | {"externalLabels": fixed}) as life:
        life.kube.objects[PATH] = config_map(site="x" * 256)
        await asyncio.sleep(AN_HOUR)

    assert set(values(life.receiver.posts)) == {None}
    assert set(values(life.receiver.posts, "l14")) == {"é" * 128}
    assert f"{OUT}with it all external labels have more than 4096 bytes of UTF-8" in message(life)


@pytest.mark.parametrize("restarts", [False, True], ids=["the process lives on", "a restart"])
async def test_what_may_be_stored_is_offered_again_with_the_labels_of_before(
    *, restarts: bool, tmp_path: Path
) -> None:
    """Else the receiver would have each of its samples under two labels."""
    async with Life(SPEC, state_path=tmp_path) as life:
        life.kube.objects[PATH] = config_map(site="Berlin")
        life.receiver.loses_answers = True
        await asyncio.sleep(30 * A_MINUTE)
        lost = samples(life.receiver.posts)
        if restarts:
            await life.restart()
        life.kube.objects[PATH] = config_map(site="Bonn")
        life.receiver.loses_answers = False
        life.receiver.posts.clear()
        await asyncio.sleep(2 * AN_HOUR)

    times = {time for _, time, _ in lost}
    again = {each for each in samples(life.receiver.posts) if each[1] in times}
    assert len(again) > 10
    assert again <= lost
    assert set(values(life.receiver.posts)) == {"Berlin", "Bonn"}
    assert values(life.receiver.posts)[-1] == "Bonn"


async def test_a_value_of_the_device_is_anonymised_as_any_other() -> None:
    async with Life(SPEC | {"anonymizeLabels": ["site"]}) as life:
        life.kube.objects[PATH] = config_map(site="Berlin")
        await asyncio.sleep(2 * AN_HOUR)

    [hashed] = set(values(life.receiver.posts))
    assert hashed is not None
    assert len(hashed) == 32


async def test_the_preview_and_the_dry_run_show_what_the_next_report_has(tmp_path: Path) -> None:
    async with Life(SPEC, state_path=tmp_path) as life:
        life.kube.objects[PATH] = config_map(site="Berlin")
        await asyncio.sleep(2 * AN_HOUR + 15 * A_MINUTE)
        life.kube.objects[PATH] = config_map(site="Bonn")
        looked = await life.telemetry.preview()
        with a_desk(life, tmp_path, SPEC) as desk:
            dry = await desk.ask()
            del life.kube.objects[PATH]
            missing = await desk.ask()

        assert {each["site"] for each in shown(looked)} == {"Bonn"}
        assert {each["site"] for each in shown(dry)} == {"Bonn"}
        assert {each.get("site") for each in shown(missing)} == {None}
        assert any(note.startswith(OUT) for note in missing.notes)
        assert message(life) == "accepted by the receiver"


async def test_a_spec_without_such_labels_asks_for_no_object_more() -> None:
    async with Life(HOURLY) as plain:
        await asyncio.sleep(3 * AN_HOUR)
    async with Life(HOURLY | {"externalLabelsFrom": [SITE, HOST, ZONE]}) as life:
        life.kube.objects[PATH] = config_map(site="Berlin")
        await asyncio.sleep(3 * AN_HOUR)

    assert PATH not in plain.kube.asked
    assert life.kube.asked[PATH] == len(life.receiver.connects)
    assert life.kube.asked[NODES] == plain.kube.asked[NODES]


async def test_a_note_ends_with_the_edit_that_takes_its_label_away() -> None:
    async with Life(SPEC) as life:
        await asyncio.sleep(AN_HOUR)
        assert OUT in message(life)
        life.edit(HOURLY)
        await asyncio.sleep(5 * A_MINUTE)

        assert message(life) == "accepted by the receiver"
