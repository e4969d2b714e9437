"""A start of MicroShift on its way to a push gateway: once, beside everything, for an hour."""

import asyncio
import json
from itertools import pairwise
from pathlib import Path

import pytest

from microshift_telemetry.preview_server import as_json, as_text
from microshift_telemetry.spec.shaping import DURATION, INVOCATION, LIFECYCLE_METRICS, MODIFICATION
from tests.models.captive_portal import PAGE
from tests.support.fakes import CLUSTER_ID
from tests.support.life import A_DAY, A_MINUTE, AN_HOUR, ENDPOINT, Life
from tests.unit.fake_time import IN_FAKE_TIME

pytestmark = IN_FAKE_TIME

GATEWAY = "https://gateway.example:9091/base/"
SPEC = {"endpoint": ENDPOINT, "externalLabels": {"site": "north"}}
ON = {**SPEC, "lifecycle": {"status": "Enabled", "pushgatewayUrl": GATEWAY}}


def metrics_in(life: Life) -> set[str]:
    return {
        dict(series.labels)["__name__"]
        for post in life.receiver.confirmed
        for series in post.series
    }


def pushes_under_way() -> int:
    return sum("Pushes.push" in repr(task) for task in asyncio.all_tasks())


def said_of_pushes(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each for each in caplog.messages if "not pushed" in each]


async def test_a_push_has_the_series_and_nothing_that_names_the_device(tmp_path: Path) -> None:
    async with Life(ON, state_path=tmp_path) as life:
        await asyncio.sleep(AN_HOUR)

        [push] = life.gateway.pushes
        assert push.url == "https://gateway.example:9091/base/metrics/job/microshift_telemetry"
        assert push.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        assert push.headers["User-Agent"] == "microshift-telemetry"
        lines = [line for line in push.text.splitlines() if not line.startswith("#")]
        assert lines == [
            f'{INVOCATION}{{command="install",duration="2.5",result="Success",version="4.21.3"}} 1',
            f'{DURATION}{{minutes="2.5",stage="node_ready"}} 1',
            f'{DURATION}{{minutes="2.5",stage="manifests_applied"}} 1',
            f'{DURATION}{{minutes="2.5",stage="telemetry_ready"}} 1',
            f'{MODIFICATION}{{field="endpoint"}} 1',
            f'{MODIFICATION}{{field="externalLabels"}} 1',
            f'{MODIFICATION}{{field="lifecycle"}} 1',
        ]
        for name in ("_id", CLUSTER_ID, "north", "edge-1", "192.0.2.7", ENDPOINT):
            assert name not in push.text + json.dumps(dict(push.headers))


async def test_a_push_replaces_what_a_report_would_have_and_asks_for_none() -> None:
    async with Life(ON) as life:
        await asyncio.sleep(AN_HOUR)

        assert len(life.gateway.taken) == 1
        assert len(life.receiver.posts) == 1
        assert metrics_in(life).isdisjoint(LIFECYCLE_METRICS)


async def test_each_start_is_pushed_once_also_over_restarts_of_the_operator(
    tmp_path: Path,
) -> None:
    async with Life(ON, state_path=tmp_path) as life:
        for _ in range(3):
            await asyncio.sleep(30 * A_MINUTE)
            await life.restart()
            await asyncio.sleep(30 * A_MINUTE)
            life.restart_microshift()
        await asyncio.sleep(AN_HOUR)

        commands = ["install" if '"install"' in text else "start" for text in life.gateway.taken]
        assert commands == ["install", "start", "start", "start"]


async def test_a_dead_gateway_for_a_day_costs_one_line_in_the_log(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    async with (
        Life(SPEC, state_path=tmp_path / "without") as without,
        Life(ON, state_path=tmp_path / "with") as life,
    ):
        life.gateway.status_code = 0
        await asyncio.sleep(A_DAY)

        assert life.reports == without.reports
        assert life.pass_times == without.pass_times
        assert len(life.kube.applies) == len(without.kube.applies)
        assert life.status["conditions"] == without.status["conditions"]
        assert len(said_of_pushes(caplog)) == 1
        assert [each.levelname for each in caplog.records if "push" in each.message] == ["WARNING"]
        assert life.gateway.connects[-1] - life.gateway.connects[0] <= AN_HOUR
        assert 8 <= len(life.gateway.connects) <= 20
        gaps = [after - before for before, after in pairwise(life.gateway.connects)]
        assert max(gaps[6:]) > 10 * max(gaps[:3])


async def test_a_gateway_that_hangs_holds_up_no_report(tmp_path: Path) -> None:
    async with (
        Life(SPEC, state_path=tmp_path / "without") as without,
        Life(ON, state_path=tmp_path / "with") as life,
    ):
        life.gateway.seconds = 10 * A_DAY
        await asyncio.sleep(A_DAY)

        assert life.reports == without.reports
        assert life.condition("Ready") == ("True", "ReportDelivered")


async def test_a_gateway_that_comes_back_within_the_hour_gets_it() -> None:
    async with Life(ON) as life:
        life.gateway.status_code = 503
        await asyncio.sleep(40 * A_MINUTE)
        life.gateway.status_code = 200
        await asyncio.sleep(30 * A_MINUTE)

        assert len(life.gateway.taken) == 1


async def test_a_captive_portals_page_takes_no_start() -> None:
    async with Life(ON) as life:
        life.gateway.page = PAGE
        await asyncio.sleep(40 * A_MINUTE)
        before = len(life.gateway.pushes)
        life.gateway.page = b""
        await asyncio.sleep(30 * A_MINUTE)

        assert before > 1
        assert len(life.gateway.taken) == 1


async def test_a_start_that_only_a_page_has_got_is_said_to_be_lost(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with Life(ON) as life:
        life.gateway.page = PAGE
        await asyncio.sleep(2 * AN_HOUR)

    [said] = said_of_pushes(caplog)
    assert said.endswith(": a web page answers in place of the gateway (200)")


async def test_a_push_whose_answer_is_lost_is_not_repeated(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    async with Life(ON, state_path=tmp_path) as life:
        life.gateway.loses_answers = True
        await asyncio.sleep(30 * A_MINUTE)
        life.gateway.loses_answers = False
        await life.restart()
        await asyncio.sleep(AN_HOUR)

        assert len(life.gateway.pushes) == 1
        assert len(said_of_pushes(caplog)) == 1


async def test_a_process_that_ends_while_it_pushes_leaves_it_to_nobody(tmp_path: Path) -> None:
    async with Life(ON, state_path=tmp_path) as life:
        life.gateway.seconds = AN_HOUR
        await life.gateway.asked.wait()
        await asyncio.sleep(1)
        await life.restart()
        life.gateway.seconds = 0
        await asyncio.sleep(AN_HOUR)

        assert len(life.gateway.connects) == 1


async def test_an_opt_out_cuts_a_push_short_and_none_follows(tmp_path: Path) -> None:
    async with Life(ON, state_path=tmp_path) as life:
        life.gateway.seconds = 30 * A_MINUTE
        await life.gateway.asked.wait()
        before = pushes_under_way()
        life.edit({**ON, "status": "Disabled"})
        await asyncio.sleep(1)
        after = pushes_under_way()
        await asyncio.sleep(2 * AN_HOUR)

        assert (before, after) == (1, 0)
        assert life.gateway.pushes == []
        assert len(life.gateway.connects) == 1


async def test_another_gateway_gets_nothing_until_the_edit_has_settled() -> None:
    elsewhere = {**ON, "lifecycle": {"status": "Enabled", "pushgatewayUrl": "http://other.example"}}
    async with Life(ON) as life:
        life.gateway.status_code = 503
        await life.gateway.asked.wait()
        await asyncio.sleep(1)
        life.edit(elsewhere)
        edited, before = asyncio.get_running_loop().time(), len(life.gateway.pushes)
        life.gateway.status_code = 200
        await asyncio.sleep(30 * A_MINUTE)

        [push] = life.gateway.pushes[before:]
        assert push.url.startswith("http://other.example/metrics/job/")
        assert push.at - edited >= 2 * A_MINUTE


async def test_what_is_excluded_or_anonymised_is_left_out() -> None:
    spec = {**ON, "metrics": {"exclude": [DURATION]}, "anonymizeLabels": ["version", "field"]}
    async with Life(spec) as life:
        await asyncio.sleep(AN_HOUR)

        [text] = life.gateway.taken
        assert DURATION not in text
        assert "4.21.3" not in text
        assert "field=" not in text
        assert 'command="install"' in text


async def test_the_preview_shows_a_push_word_for_word() -> None:
    async with Life(ON) as life:
        await asyncio.sleep(5 * A_MINUTE)
        early = "".join(as_text(await life.telemetry.preview()))
        await asyncio.sleep(AN_HOUR)
        shown = await life.telemetry.preview()
        text, found = "".join(as_text(shown)), json.loads("".join(as_json(shown)))

        [push] = life.gateway.pushes
        assert "once the result of the start is known" in early
        assert f"# POST {push.url}\n" in text
        assert text.endswith(push.text)
        assert found["push"]["body"] == push.text
        assert found["push"]["url"] == push.url
        assert found["push"]["headers"] == dict(push.headers)


async def test_a_report_without_a_gateway_has_no_push_to_show() -> None:
    async with Life({**SPEC, "lifecycle": {"status": "Enabled"}}) as life:
        await asyncio.sleep(AN_HOUR)
        shown = await life.telemetry.preview()

        assert shown.push is None
        assert "push" not in json.loads("".join(as_json(shown)))


async def test_of_two_objects_with_one_gateway_the_older_one_pushes() -> None:
    async with Life(ON) as life:
        life.older_pusher = "older"
        await asyncio.sleep(30 * A_MINUTE)
        before = len(life.gateway.pushes)
        life.older_pusher = None
        await asyncio.sleep(10 * A_MINUTE)

        assert (before, len(life.gateway.taken)) == (0, 1)


async def test_a_start_that_follows_a_push_under_way_is_pushed_as_itself(tmp_path: Path) -> None:
    async with Life(ON, state_path=tmp_path) as life:
        life.gateway.status_code = 503
        await life.gateway.asked.wait()
        life.restart_microshift()
        await asyncio.sleep(5 * A_MINUTE)
        life.gateway.status_code = 200
        await asyncio.sleep(AN_HOUR)

        [text] = life.gateway.taken
        assert 'command="start"' in text


@pytest.mark.parametrize("seconds", range(640, 1000, 20))
async def test_a_process_that_ends_at_any_moment_pushes_a_start_once(
    tmp_path: Path, seconds: int
) -> None:
    async with Life(ON, state_path=tmp_path) as life:
        await asyncio.sleep(seconds)
        await life.restart()
        await asyncio.sleep(AN_HOUR)

        assert len(life.gateway.taken) == 1
