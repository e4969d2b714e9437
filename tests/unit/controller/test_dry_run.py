"""A dry run shows what a first report would be, for nobody but who asks."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from microshift_telemetry.buffer.ledger import snapshot
from microshift_telemetry.controller.dry_run import IS_DISABLED
from microshift_telemetry.controller.preview import Preview, UnknownNameError
from microshift_telemetry.kube.errors import KubeForbiddenError, KubeUnreachableError
from microshift_telemetry.preview_server import as_json, as_text
from microshift_telemetry.sample.sample import Labels
from tests.support.fakes import CLUSTER_ID
from tests.support.life import A_MINUTE, AN_HOUR, ENDPOINT, Life
from tests.unit.controller.dry_runs import a_desk, series
from tests.unit.fake_time import IN_FAKE_TIME

pytestmark = IN_FAKE_TIME

SPEC = {"endpoint": ENDPOINT, "samplingInterval": "10m", "sendingInterval": "1h"}
SHAPED = SPEC | {
    "externalLabels": {"site": "north"},
    "metrics": {"exclude": ["pods", "cluster_version"]},
    "anonymizeLabels": ["site", "instance"],
    "usageUnit": "Absolute",
}
OFF = {"status": "Disabled"}
ADDRESS = "192.0.2.7"


def text(shown: Preview) -> str:
    return "".join(as_text(shown))


def labels(shown: Preview, name: str) -> set[str]:
    return {value for each in series(shown) for label, value in each if label == name}


def files(path: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(each.relative_to(path)): (each.read_bytes(), each.stat().st_mtime_ns)
        for each in path.rglob("*")
    }


@pytest.mark.parametrize("spec", [SPEC, SHAPED], ids=["plain", "shaped"])
async def test_what_is_disabled_shows_the_first_report_of_its_enabling(
    spec: dict[str, Any], tmp_path: Path
) -> None:
    async with Life(spec | OFF, state_path=tmp_path) as life:
        await asyncio.sleep(AN_HOUR)
        with a_desk(life, tmp_path, spec | OFF) as desk:
            shown = await desk.ask()
        life.edit(spec)
        await asyncio.sleep(2 * AN_HOUR)
        [first] = [post for post in life.receiver.posts if post.has_static][:1]

    def known(pairs: Labels) -> Labels:
        return tuple((name, "" if name in {"site", "instance"} else value) for name, value in pairs)

    assert list(map(known, series(shown))) == [known(each.labels) for each in first.series]
    assert labels(shown, "_id") == {CLUSTER_ID}
    assert f"\n# note: {IS_DISABLED}\n" in text(shown)
    assert "\n# Reporting: Disabled: " in text(shown)
    assert f"\n# POST {ENDPOINT}\n" in text(shown)


async def test_it_reads_every_value_as_a_report_does(tmp_path: Path) -> None:
    async with Life(SHAPED | OFF) as life:
        with a_desk(life, tmp_path, SPEC) as desk:
            shown = await desk.ask()
        life.edit(SPEC)
        await asyncio.sleep(2 * AN_HOUR)
        [first] = [post for post in life.receiver.posts if post.has_static][:1]

    [request] = shown.requests()
    assert [(each.labels, [value for _, value in each.samples]) for each in request] == [
        (each.labels, [value for _, value in each.samples]) for each in first.series
    ]


async def test_a_name_without_an_object_shows_what_the_defaults_send(tmp_path: Path) -> None:
    async with Life() as life:
        with a_desk(life, tmp_path, SPEC) as desk:
            shown = await desk.ask("other")
            document = json.loads("".join(as_json(shown)))

    assert len(series(shown)) == 17
    assert shown.url.startswith("https://infogw.api.openshift.com/")
    assert shown.headers["Authorization"] == "(hidden: PullSecret)"
    assert text(shown).startswith("# other: a dry run: ")
    assert document["notes"][0].startswith("there is no TelemetryConfig other: ")
    assert (document["dryRun"], document["reporting"]) == (True, None)
    assert life.receiver.connects == []


async def test_a_name_of_several_lines_stays_in_its_comment(tmp_path: Path) -> None:
    async with Life() as life:
        with a_desk(life, tmp_path, None) as desk:
            lines = text(await desk.ask("a\nb 1 2")).splitlines()

    assert sum(not line.startswith("#") for line in lines) == 17


async def test_nothing_changes_by_it(tmp_path: Path) -> None:
    async with Life(SPEC, state_path=tmp_path) as life:
        await asyncio.sleep(2 * AN_HOUR)
        life.receiver.date_asks.clear()
        ledger = life.telemetry.parts.store.ledger
        before = (list(snapshot(ledger)), files(tmp_path), life.status, len(life.kube.events))
        sent, reads = len(life.receiver.connects), life.telemetry.parts.passes.reads(frozenset())
        with a_desk(life, tmp_path, SHAPED) as desk:
            shown = text(await desk.ask())

        after = (list(snapshot(ledger)), files(tmp_path), life.status, len(life.kube.events))
        assert after == before
        assert len(life.receiver.connects) == sent
        assert life.telemetry.parts.passes.reads(frozenset()) == reads
    assert "\n# Reporting: ReportDelivered: " in shown


async def test_without_a_salt_it_takes_one_for_itself_and_makes_none(tmp_path: Path) -> None:
    state = tmp_path / "state"
    async with Life(SHAPED | OFF) as life:
        with a_desk(life, state, SHAPED | OFF) as desk:
            shown = [await desk.ask() for _ in range(2)]

    hashes = [labels(each, "instance") | labels(each, "site") for each in shown]
    assert len(hashes[0] | hashes[1]) == 4
    assert not {ADDRESS, "north"} & set().union(*hashes)
    assert all(
        "since the device has none yet; a report has other hashes" in text(each) for each in shown
    )
    assert not state.exists()


async def test_with_the_devices_salt_the_hashes_are_those_of_its_reports(tmp_path: Path) -> None:
    async with Life(SHAPED, state_path=tmp_path) as life:
        await asyncio.sleep(AN_HOUR)
        life.edit(SHAPED | OFF)
        await asyncio.sleep(A_MINUTE)
        before = files(tmp_path)
        with a_desk(life, tmp_path, SHAPED | OFF) as desk:
            shown = await desk.ask()
        after = files(tmp_path)

    arrived = {each.labels for post in life.receiver.posts for each in post.series}
    assert set(series(shown)) <= arrived
    assert "salt" not in text(shown)
    assert after == before


async def test_a_disk_that_fails_costs_the_salt_alone(tmp_path: Path) -> None:
    (tmp_path / "salt").mkdir()
    async with Life(SHAPED | OFF) as life:
        with a_desk(life, tmp_path, SHAPED) as desk:
            shown = await desk.ask()

    assert len(series(shown)) == 15
    assert "since the device's can't be read (" in text(shown)


async def test_a_source_that_fails_is_named(tmp_path: Path) -> None:
    async with Life(SPEC | OFF) as life:
        life.kube.errors["/api/v1/services"] = KubeForbiddenError("/api/v1/services: 403: no")
        with a_desk(life, tmp_path, SPEC | OFF) as desk:
            shown = await desk.ask()
            document = json.loads("".join(as_json(shown)))

    assert len(series(shown)) == 16
    assert "\n# not read: services: /api/v1/services: 403: no\n" in text(shown)
    assert document["failures"] == [{"source": "services", "error": "/api/v1/services: 403: no"}]


async def test_where_everything_is_excluded_nothing_would_be_sent(tmp_path: Path) -> None:
    everything = [dict(each)["__name__"] for each in await _all_series(tmp_path)]
    async with Life(OFF) as life:
        with a_desk(life, tmp_path, OFF | {"metrics": {"exclude": everything}}) as desk:
            shown = await desk.ask()

    assert text(shown).endswith("#\n# nothing would be sent: no series was read\n")


async def _all_series(path: Path) -> list[Labels]:
    async with Life(OFF) as life:
        with a_desk(life, path, OFF) as desk:
            return series(await desk.ask())


@pytest.mark.parametrize("status", [{}, OFF], ids=["enabled", "disabled"])
async def test_a_field_that_cannot_be_used_is_named(status: dict[str, str], tmp_path: Path) -> None:
    spec, said = {"endpoint": "gopher://x"} | status, r"^cluster: nothing would be sent: spec\.endp"
    async with Life(spec) as life:
        with a_desk(life, tmp_path, spec) as desk, pytest.raises(UnknownNameError, match=said):
            await desk.ask()


async def test_an_api_server_that_is_away_is_named(tmp_path: Path) -> None:
    async with Life(OFF) as life:
        life.kube.is_away = True
        with a_desk(life, tmp_path, OFF) as desk, pytest.raises(KubeUnreachableError):
            await desk.ask()
