import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microshift_telemetry.kube.client import KubeClient
from microshift_telemetry.sample.metrics import Kind
from microshift_telemetry.sample.sample import Reading, SamplePass, Series
from microshift_telemetry.sources.collection import PassOutcome, Wanted, collect_pass
from microshift_telemetry.sources.outcome import NoData, Readings, SourceError
from microshift_telemetry.sources.shared_reads import SharedReads
from tests.unit.sources.canned_api import NEVER, Answer, CannedApi, connect, serve
from tests.unit.sources.surroundings import (
    DYNAMIC,
    EVERYTHING,
    METRICS,
    NODE_NAME,
    a_cluster,
    a_list,
    a_node,
    as_body,
    damaged_bytes,
    damaged_json,
    every_source,
    shared_reads,
)

NOON_MS = 1_768_910_400_000


@dataclass
class FakeSource:
    """A source that does what the test says."""

    name: str
    behaviour: Callable[[], Awaitable[Readings | NoData]]
    kind: Kind = Kind.DYNAMIC

    @property
    def series(self) -> tuple[Series, ...]:
        """The one that `gives` gives."""
        return (Series(self.name),)

    async def collect(self, shared: SharedReads) -> Readings | NoData:  # noqa: ARG002
        """Do it."""
        return await self.behaviour()


def gives(name: str, value: float = 1.0, kind: Kind = Kind.DYNAMIC, note: str = "") -> FakeSource:
    async def behaviour() -> Readings:
        return Readings((Reading(Series(name), value),), note)

    return FakeSource(name, behaviour, kind)


def fails(name: str, error: Exception) -> FakeSource:
    async def behaviour() -> Readings:
        raise error

    return FakeSource(name, behaviour)


async def test_readings_are_put_where_their_source_belongs_in_order(kube: KubeClient) -> None:
    sources = [gives("b"), gives("s", kind=Kind.STATIC), gives("a", 2.0)]

    outcome = await collect_pass(sources, shared_reads(kube), NOON_MS, wanted=EVERYTHING)

    assert outcome == PassOutcome(
        SamplePass(
            NOON_MS,
            dynamic=(Reading(Series("b"), 1.0), Reading(Series("a"), 2.0)),
            static=(Reading(Series("s"), 1.0),),
        ),
        failures={},
        notes={},
        read=("b", "s", "a"),
    )


async def test_a_pass_without_a_report_does_not_touch_static_sources(kube: KubeClient) -> None:
    static = fails("s", AssertionError("was read"))
    static.kind = Kind.STATIC

    outcome = await collect_pass([static, gives("a")], shared_reads(kube), NOON_MS, wanted=DYNAMIC)

    assert outcome.read == ("a",)
    assert outcome.failures == {}


async def test_each_source_tells_how_long_it_took_and_whether_it_failed(kube: KubeClient) -> None:
    async def slow() -> Readings:
        await asyncio.sleep(0.05)
        return Readings((Reading(Series("slow"), 1.0),))

    sources = [FakeSource("slow", slow), fails("broken", SourceError("no sense"))]

    outcome = await collect_pass(sources, shared_reads(kube), NOON_MS, wanted=DYNAMIC)

    reads = outcome.reads
    assert {name: read.is_well for name, read in reads.items()} == {"slow": True, "broken": False}
    assert reads["slow"].seconds >= 0.05 > reads["broken"].seconds >= 0


async def test_a_source_with_nothing_to_read_is_no_failure(kube: KubeClient) -> None:
    async def nothing() -> NoData:
        return NoData("no such kind here")

    outcome = await collect_pass(
        [FakeSource("routes", nothing)],
        shared_reads(kube),
        NOON_MS,
        wanted=DYNAMIC,
    )

    assert (outcome.sample_pass.dynamic, outcome.failures, outcome.read) == ((), {}, ("routes",))


async def test_a_failing_source_loses_only_its_own_series(
    kube: KubeClient, caplog: pytest.LogCaptureFixture
) -> None:
    sources = [fails("bad", SourceError("/x: broken")), gives("good")]

    outcome = await collect_pass(sources, shared_reads(kube), NOON_MS, wanted=DYNAMIC)

    assert outcome.failures == {"bad": "/x: broken"}
    assert outcome.sample_pass.dynamic == (Reading(Series("good"), 1.0),)
    assert caplog.records == []


async def test_a_bug_in_one_source_is_logged_once_and_loses_only_its_own_series(
    kube: KubeClient, caplog: pytest.LogCaptureFixture
) -> None:
    sources = [fails("bad", ZeroDivisionError("secret detail")), gives("good")]

    outcome = await collect_pass(sources, shared_reads(kube), NOON_MS, wanted=DYNAMIC)

    assert outcome.failures == {"bad": "internal error: ZeroDivisionError; see the operator's log"}
    assert outcome.sample_pass.dynamic == (Reading(Series("good"), 1.0),)
    [record] = caplog.records
    assert record.levelno == logging.ERROR
    assert record.exc_info is not None
    assert record.getMessage() == "internal error in a source: source=bad"


async def test_a_source_that_hangs_loses_only_its_own_series(kube: KubeClient) -> None:
    async def hang() -> Readings:
        await asyncio.Event().wait()
        raise AssertionError

    outcome = await collect_pass(
        [FakeSource("slow", hang), gives("good")],
        shared_reads(kube),
        NOON_MS,
        wanted=DYNAMIC,
        timeout_seconds=0.1,
    )

    assert outcome.failures == {"slow": "not read within 0.1 s"}
    assert outcome.sample_pass.dynamic == (Reading(Series("good"), 1.0),)


async def test_a_read_that_nobody_waits_for_any_more_ends_with_the_pass(
    api: CannedApi, kube: KubeClient
) -> None:
    api.lay_down({"/metrics": NEVER})

    outcome = await collect_pass(
        every_source(),
        shared_reads(kube),
        NOON_MS,
        wanted=DYNAMIC,
        timeout_seconds=0.5,
    )

    assert outcome.failures == {"etcd_objects": "not read within 0.5 s"}
    assert not any("SharedReads" in repr(task) for task in asyncio.all_tasks())


async def test_a_cancelled_pass_leaves_no_source_running(kube: KubeClient) -> None:
    ended = asyncio.Event()

    async def hang() -> Readings:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        raise AssertionError

    running = asyncio.create_task(
        collect_pass(
            [FakeSource("slow", hang)],
            shared_reads(kube),
            NOON_MS,
            wanted=DYNAMIC,
        )
    )
    await asyncio.sleep(0.01)
    running.cancel()

    with pytest.raises(asyncio.CancelledError):
        await running
    assert ended.is_set()


async def test_notes_are_told_by_source(kube: KubeClient) -> None:
    sources = [gives("a", note="two nodes"), gives("b", note="two nodes"), gives("c")]

    outcome = await collect_pass(sources, shared_reads(kube), NOON_MS, wanted=DYNAMIC)

    assert outcome.notes == {"a": "two nodes", "b": "two nodes"}


async def test_an_api_server_that_is_away_leaves_what_the_device_tells(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with connect("http://127.0.0.1:1") as kube:
        outcome = await collect_pass(every_source(), shared_reads(kube), NOON_MS, wanted=EVERYTHING)

    assert set(outcome.read) - set(outcome.failures) == {"cpu", "memory", "disk", "images"}
    assert all("no answer from the API server" in said for said in outcome.failures.values())
    assert [each.name for each in caplog.records] == ["microshift_telemetry.kube.outage_log"]


def collect_damaged(answers: dict[str, object]) -> PassOutcome:
    async def collect() -> PassOutcome:
        async with serve({**a_cluster(), **answers}) as api, connect(api.server) as kube:
            return await collect_pass(
                every_source(), shared_reads(kube), NOON_MS, wanted=EVERYTHING
            )

    return asyncio.run(collect())


WHOLE = a_cluster()
JSON_PATHS = sorted(path for path in WHOLE if path != "/metrics")


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damaged_answers_give_readings_or_documented_errors(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(JSON_PATHS))
    body = data.draw(
        damaged_json(WHOLE[path]).map(Answer) | damaged_bytes(as_body(WHOLE[path])).map(Answer)
    )
    metrics = Answer(data.draw(damaged_bytes(METRICS)))

    outcome = collect_damaged({path: body, "/metrics": metrics})

    assert not any("internal error" in said for said in outcome.failures.values())
    readings = outcome.sample_pass.dynamic + outcome.sample_pass.static
    assert len({reading.series for reading in readings}) == len(readings)
    assert all(value for reading in readings for _, value in reading.series.labels)


async def test_a_second_node_is_noted(api: CannedApi, kube: KubeClient) -> None:
    api.lay_down({"/api/v1/nodes": a_list(a_node(), more=1)})

    outcome = await collect_pass(every_source(), shared_reads(kube), NOON_MS, wanted=EVERYTHING)

    assert set(outcome.notes.values()) == {
        f"only node {NODE_NAME} is measured; the cluster has more nodes: 1"
    }
    assert outcome.failures == {}


async def test_what_is_excluded_is_not_read(kube: KubeClient) -> None:
    sources = [gives("a"), fails("b", ZeroDivisionError("it was read")), gives("c")]

    wanted = Wanted(with_static=True, excluded=frozenset({"b", "c"}))
    outcome = await collect_pass(sources, shared_reads(kube), NOON_MS, wanted=wanted)

    assert outcome.read == ("a",)
    assert outcome.failures == {}


async def test_one_of_two_series_of_a_source_can_be_excluded(kube: KubeClient) -> None:
    wanted = Wanted(with_static=False, excluded=frozenset({"pods"}))

    outcome = await collect_pass(every_source(), shared_reads(kube), NOON_MS, wanted=wanted)

    metrics = [reading.series for reading in outcome.sample_pass.dynamic]
    assert Series.of("cluster:usage:resources:sum", resource="pods") not in metrics
    assert Series("cluster:usage:containers:sum") in metrics
