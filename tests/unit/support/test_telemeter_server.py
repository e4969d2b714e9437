"""The telemeter of the tests is as strict as the real one is said to be."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import snappy

from microshift_telemetry.telemeter import metric_family_pb2 as pb
from microshift_telemetry.telemeter.delimited import joined
from tests.support.fault_receiver import Answer
from tests.support.telemeter_server import CONTENT_TYPE, UPLOAD_GAP_SECONDS, Telemeter

NOW = 1_800_000_000.0
ID = "a-cluster"


class Client:
    """One that does it right, unless a test says otherwise."""

    def __init__(self, **telemeter: Any) -> None:
        self.now = NOW
        accounts = {"good": "a", "other": "b"}
        self.server = Telemeter(lambda: self.now, accounts, {"account": "7"}, **telemeter)
        self.family = pb.MetricFamily(name="up", type=pb.GAUGE)
        self.metric = self.family.metric.add(
            gauge=pb.Gauge(value=0.0), timestamp_ms=round(NOW * 1000)
        )
        self.label("_id", ID)
        self.label("account", "7")

    def label(self, name: str, value: str) -> None:
        self.metric.label.add(name=name, value=value)

    def authorize(self, query: str = f"id={ID}", account: str = "good") -> Answer:
        bearer = {"authorization": f"Bearer {account}"}
        return self.server.answer(f"/authorize?{query}", bearer, b"")

    def upload(self, token: str | None = None, **headers: str) -> Answer:
        given = json.loads(self.authorize().body)["token"] if token is None else token
        data = joined([self.family.SerializeToString()])
        right = {"content-encoding": "snappy", "content-type": CONTENT_TYPE}
        said = {"authorization": f"Bearer {given}", **right, **headers}
        return self.server.answer("/upload", said, self.compressed(data))

    @staticmethod
    def compressed(data: bytes) -> bytes:
        stream = snappy.StreamCompressor()
        chunks = (data[at : at + 65_536] for at in range(0, len(data), 65_536))
        return b"".join(map(stream.add_chunk, chunks))


def test_an_upload_that_is_right_is_taken_at_the_servers_time() -> None:
    client = Client()
    client.metric.timestamp_ms -= 3_600_000

    assert client.upload() == Answer(200)
    [[sample]] = client.server.accepted
    assert (sample.time_ms, sample.value) == (round(NOW * 1000), 0.0)
    assert dict(sample.labels) == {"__name__": "up", "_id": ID, "account": "7"}


@pytest.mark.parametrize(
    ("spoil", "status"),
    [
        pytest.param(lambda c: c.metric.label.pop(0), 400, id="no _id"),
        pytest.param(lambda c: c.metric.label.pop(1), 400, id="no label of the token"),
        pytest.param(lambda c: setattr(c.metric.label[0], "value", "x"), 500, id="another _id"),
        pytest.param(lambda c: setattr(c.metric.label[1], "value", "x"), 500, id="another value"),
        pytest.param(lambda c: c.label("account", "7"), 400, id="a label twice"),
        pytest.param(lambda c: c.label("a", "x" * 256), 400, id="a long value"),
        pytest.param(lambda c: c.label("x" * 256, "a"), 400, id="a long name"),
        pytest.param(lambda c: setattr(c.family, "name", "x" * 256), 400, id="a long metric"),
        pytest.param(lambda c: setattr(c.family, "type", pb.SUMMARY), 400, id="a summary"),
        pytest.param(lambda c: setattr(c.family, "type", pb.UNTYPED), 400, id="no value"),
        pytest.param(lambda c: c.metric.ClearField("timestamp_ms"), 400, id="no time"),
        pytest.param(
            lambda c: setattr(c.metric, "timestamp_ms", round(NOW * 1000) - 86_400_001),
            400,
            id="older than a day",
        ),
        pytest.param(
            lambda c: setattr(c.family.metric.add(), "timestamp_ms", 1), 400, id="back in time"
        ),
    ],
)
def test_an_upload_with_one_thing_wrong_is_refused(
    spoil: Callable[[Client], object], status: int
) -> None:
    client = Client()
    spoil(client)

    assert client.upload().status == status
    assert client.server.accepted == []


def test_a_long_upload_is_refused() -> None:
    client = Client()
    for number in range(3_000):
        client.label(f"label_{number}", "x" * 200)

    assert client.upload().status == 413


@pytest.mark.parametrize(
    "headers", [{"content-encoding": "gzip"}, {"content-type": "application/x-protobuf"}]
)
def test_an_upload_of_another_format_is_refused(headers: dict[str, str]) -> None:
    assert Client().upload(**headers).status == 400


def test_the_next_upload_must_wait_whatever_became_of_the_first() -> None:
    client = Client()
    client.metric.label.pop(0)
    assert client.upload().status == 400
    client.now += UPLOAD_GAP_SECONDS - 1
    assert client.upload().status == 429
    client.now += 1
    assert client.upload().status == 400


@pytest.mark.parametrize("token", ["", "a.b.c", "eyJhIjoxfQ.eyJleHAiOjk5OTk5OTk5OTk5fQ.x"])
def test_a_token_that_is_not_the_servers_is_refused(token: str) -> None:
    assert Client().upload(token).status == 401


def test_a_token_ends() -> None:
    client = Client(token_seconds=60)
    token = json.loads(client.authorize().body)["token"]
    client.now += 59
    assert client.upload(token).status == 200
    client.now += UPLOAD_GAP_SECONDS
    assert client.upload(token).status == 401


@pytest.mark.parametrize(
    ("query", "token", "status"),
    [("id=b", "good", 200), ("", "good", 400), ("id=b", "unknown", 401), ("id=b", "other", 200)],
)
def test_who_authorizes_must_say_who_it_is(query: str, token: str, status: int) -> None:
    assert Client().authorize(query, token).status == status


def test_a_cluster_belongs_to_one_account() -> None:
    client = Client()
    assert client.authorize().status == 200
    assert client.authorize(account="other").status == 409


def test_what_is_not_on_the_list_is_dropped_and_nobody_is_told() -> None:
    client = Client(allowed={"down"})

    assert client.upload() == Answer(200)
    assert client.server.accepted == [[]]


def test_a_store_that_is_away_is_told_of() -> None:
    assert Client(behind=lambda _: False).upload().status == 502
