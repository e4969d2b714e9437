"""The preview is the report that goes out next, and looking at it changes nothing."""

import asyncio
import json
from pathlib import Path

import pytest

from microshift_telemetry import __version__
from microshift_telemetry.buffer.ledger import snapshot
from microshift_telemetry.controller.preview import NoPreviewError, Preview, UnknownNameError
from microshift_telemetry.preview_server import as_json, as_text
from microshift_telemetry.sending.answer import Answer
from tests.support.fakes import NO_ANSWER
from tests.support.life import A_MINUTE, AN_HOUR, ENDPOINT, Life
from tests.unit.fake_time import IN_FAKE_TIME

pytestmark = IN_FAKE_TIME

GOLDEN = Path(__file__).parents[2] / "golden" / "preview.txt"
HOURLY = {"endpoint": ENDPOINT, "samplingInterval": "10m", "sendingInterval": "1h"}
Sample = tuple[tuple[tuple[str, str], ...], int, float]


async def preview(life: Life) -> Preview:
    return await life.telemetry.preview()


def samples(shown: Preview) -> list[Sample]:
    return [
        (series.labels, time_ms, value)
        for request in shown.requests()
        for series in request
        for time_ms, value in series.samples
    ]


def sent(life: Life, since: int = 0) -> list[Sample]:
    return [
        (series.labels, time_ms, value)
        for post in life.receiver.posts[since:]
        for series in post.series
        for time_ms, value in series.samples
    ]


async def test_it_is_the_golden_one() -> None:
    labels = {"site": 'a "quoted" one'}
    async with Life(HOURLY | {"samplingInterval": "1h", "externalLabels": labels}) as life:
        life.receiver.answer = NO_ANSWER
        await asyncio.sleep(2 * AN_HOUR)

        text = "".join(as_text(await preview(life)))

        assert text.replace(f"/{__version__}", "/VERSION") == GOLDEN.read_text()


@pytest.mark.parametrize("minutes", [7, 66], ids=["a start report", "after an hour of outage"])
async def test_it_is_what_arrives_next_and_looking_changes_nothing(minutes: int) -> None:
    async with Life(HOURLY) as life:
        life.receiver.answer = NO_ANSWER
        await asyncio.sleep(minutes * A_MINUTE)
        life.request("try at once, with a pass that is fixed by then")
        await asyncio.sleep(1)
        shown = samples(await preview(life))
        ledger, course = life.telemetry.parts.store.ledger, life.telemetry.parts.rounds.next_round
        before = list(snapshot(ledger))

        assert samples(await preview(life)) == shown
        assert list(snapshot(ledger)) == before
        assert life.telemetry.parts.rounds.next_round == course
        life.receiver.answer = Answer(204)
        await asyncio.sleep(A_MINUTE)

    assert len(shown) > 12 * (minutes // 10)
    assert sent(life)[: len(shown)] == shown


async def test_between_two_reports_it_shows_what_was_read_so_far() -> None:
    async with Life(HOURLY) as life:
        await asyncio.sleep(AN_HOUR)
        await asyncio.sleep(life.reports[-1] + 25 * A_MINUTE - asyncio.get_running_loop().time())
        waiting = life.backlog.times_ms
        shown = samples(await preview(life))

    assert len(waiting) in {2, 3}
    assert {time_ms for _, time_ms, _ in shown} == set(waiting)


async def test_when_all_is_delivered_it_says_so() -> None:
    async with Life() as life:
        await asyncio.sleep(10 * A_MINUTE)

        text = "".join(as_text(await preview(life)))

        assert life.condition("Reporting")[1] == "ReportDelivered"
        assert text.endswith("# nothing waits: what was read so far is delivered\n")


async def test_as_json_it_says_the_same() -> None:
    async with Life(HOURLY) as life:
        life.receiver.answer = NO_ANSWER
        await asyncio.sleep(2 * AN_HOUR)
        shown = json.loads("".join(as_json(await preview(life))))

        assert shown["name"] == "cluster"
        assert shown["reporting"]["reason"] == "EndpointUnreachable"
        assert shown["destination"]["method"] == "POST"
        assert shown["destination"]["url"] == ENDPOINT
        assert [
            (tuple(series["labels"].items()), *sample)
            for request in shown["requests"]
            for series in request["series"]
            for sample in map(tuple, series["samples"])
        ] == samples(await preview(life))


async def test_credentials_are_hidden_also_in_the_url() -> None:
    bearer = {"credentials": {"name": "receiver", "key": "token"}}
    spec = {
        "endpoint": "https://receiver.example/write?token=c4n4ry",
        "authorization": {"type": "Bearer", "bearer": bearer},
        "headers": [
            {"name": "X-Tenant", "value": "edge"},
            {"name": "X-Key", "valueFrom": {"secretKeyRef": {"name": "receiver", "key": "x"}}},
        ],
    }
    async with Life(spec) as life:
        life.receiver.answer = NO_ANSWER
        await asyncio.sleep(10 * A_MINUTE)

        text = "".join(as_text(await preview(life)))

        assert "# POST https://receiver.example/write?(hidden)\n" in text
        assert "# Authorization: (hidden: Bearer)\n" in text
        assert "# X-Tenant: edge\n" in text
        assert "# X-Key: (hidden: Secret receiver, key x)\n" in text
        assert "c4n4ry" not in text


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"status": "Disabled"}, "cluster: spec.status is Disabled: nothing is sent"),
        ({"endpoint": "gopher://x"}, "cluster: nothing is sent: spec.endpoint: the scheme is"),
    ],
    ids=["disabled", "invalid"],
)
async def test_who_sends_nothing_has_none(spec: dict[str, object], said: str) -> None:
    async with Life(spec) as life:
        await asyncio.sleep(A_MINUTE)

        with pytest.raises(UnknownNameError, match=f"^{said}"):
            await preview(life)


async def test_who_may_not_send_shows_what_it_would_and_why_it_does_not() -> None:
    async with Life(HOURLY) as life:
        life.older_twin = "first"
        await asyncio.sleep(2 * AN_HOUR)

        text = "".join(as_text(await preview(life)))

    assert life.receiver.posts == []
    assert (
        "\n# Reporting: DuplicateDestination: the older TelemetryConfig first already writes"
        in text
    )
    assert "\ncluster:memory_usage_bytes:sum{" in text


async def test_before_the_first_pass_it_says_so() -> None:
    life = Life()
    life.kube.is_away = True
    async with life:
        await asyncio.sleep(A_MINUTE)

        with pytest.raises(NoPreviewError, match=r"^cluster: no pass was made yet"):
            await preview(life)


async def test_what_the_spec_has_forbidden_since_is_not_shown() -> None:
    async with Life(HOURLY) as life:
        life.receiver.answer = NO_ANSWER
        await asyncio.sleep(2 * AN_HOUR)
        life.edit(HOURLY | {"metrics": {"exclude": ["pods"]}})
        shown = samples(await preview(life))

    assert shown
    assert not any(("resource", "pods") in labels for labels, _, _ in shown)
