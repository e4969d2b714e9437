"""The model of a telemeter's uploads and the server of the tests answer the same requests alike."""

import json
from collections.abc import Mapping, Sequence
from random import Random

import pytest
import snappy

from microshift_telemetry.telemeter import metric_family_pb2 as pb
from microshift_telemetry.telemeter.delimited import joined
from tests.models.model import DAY_MS, SECOND_MS, Answer, Labels, Sample
from tests.models.telemeter_uploads import GAP_MS, MAX_BYTES, TelemeterUploads
from tests.support.telemeter_server import CONTENT_TYPE, Telemeter
from tests.unit.models.requests import NOW_MS

ACCOUNTS = {"good": "a", "other": "b"}
DEMANDED = {"account": "7"}
ALLOWED = {"up", "usage"}
TOKEN_SECONDS = 600


class Both:
    """A model and a server that get the same."""

    def __init__(self) -> None:
        self.now_ms = NOW_MS
        self.model = TelemeterUploads(
            ACCOUNTS, DEMANDED, token_seconds=TOKEN_SECONDS, allowed=ALLOWED
        )
        self.server = Telemeter(
            lambda: self.now_ms / 1000,
            ACCOUNTS,
            DEMANDED,
            TOKEN_SECONDS,
            ALLOWED,
            behind=lambda _: not self.model.is_cut_off,
        )
        self.tokens = [("none", "none")]
        """(the model's, the server's) of each exchange."""

    def authorize(self, cluster_id: str, account: str) -> int:
        """Tell the status that both give."""
        headers = {"authorization": f"Bearer {account}"}
        ours = self.model.authorize(cluster_id, self.now_ms, headers=headers)
        theirs = self.server.answer(f"/authorize?id={cluster_id}", headers, b"")
        assert ours.status == theirs.status
        if ours.status == 200:
            told, given = json.loads(ours.body), json.loads(theirs.body)
            self.tokens.append((told.pop("token"), given.pop("token")))
            assert told == given
        return ours.status

    def upload(self, samples: Sequence[Sample], token: int = -1) -> int:
        """Tell the status that both give."""
        ours, theirs = self.tokens[token]
        body = joined(_families(samples))
        answer = self.model.receive(
            samples, self.now_ms, size_bytes=len(body), headers=_bearer(ours)
        )
        headers = {"content-encoding": "snappy", "content-type": CONTENT_TYPE, **_bearer(theirs)}
        assert answer.status == self.server.answer("/upload", headers, _framed(body)).status
        return answer.status

    def end_tokens(self) -> None:
        self.model.end_tokens()
        self.server.end_tokens()

    def assert_both_have_the_same(self) -> None:
        assert self.model.stored == {
            (sample.labels, sample.time_ms): sample.value
            for samples in self.server.accepted
            for sample in samples
        }


def _bearer(token: str) -> Mapping[str, str]:
    return {"authorization": f"Bearer {token}"}


def _families(samples: Sequence[Sample]) -> list[bytes]:
    families: dict[str, pb.MetricFamily] = {}
    for sample in samples:
        labels = [pair for pair in sample.series if pair[0] != "__name__"]
        name = dict(sample.series)["__name__"]
        family = families.setdefault(name, pb.MetricFamily(name=name, type=pb.GAUGE))
        family.metric.add(
            label=[pb.LabelPair(name=name, value=value) for name, value in labels],
            gauge=pb.Gauge(value=sample.value),
            timestamp_ms=sample.time_ms,
        )
    return [each.SerializeToString() for each in families.values()]


def _framed(body: bytes) -> bytes:
    stream = snappy.StreamCompressor()
    chunks = (body[at : at + 65_536] for at in range(0, len(body), 65_536))
    return b"".join(map(stream.add_chunk, chunks))


def a_series(name: str = "up", *more: tuple[str, str], **labels: str) -> Labels:
    known = {"_id": "one", "account": "7", **labels}
    return tuple(sorted([("__name__", name), *known.items(), *more]))


@pytest.fixture
def both() -> Both:
    made = Both()
    made.authorize("one", "good")
    return made


WITHOUT_ID = (("__name__", "up"), ("account", "7"))
WITHOUT_ACCOUNT = (("__name__", "up"), ("_id", "one"))
OLD_MS = NOW_MS - DAY_MS


@pytest.mark.parametrize(
    ("samples", "status"),
    [
        pytest.param([Sample(a_series(), NOW_MS, 1.0)], 200, id="right"),
        pytest.param([Sample(a_series("unknown"), NOW_MS, 1.0)], 200, id="not on the list"),
        pytest.param([Sample(a_series(), OLD_MS, 1.0)], 200, id="a day old"),
        pytest.param([Sample(a_series(), OLD_MS - 1, 1.0)], 400, id="too old"),
        pytest.param([Sample(WITHOUT_ID, NOW_MS, 1.0)], 400, id="no _id"),
        pytest.param([Sample(WITHOUT_ACCOUNT, NOW_MS, 1.0)], 400, id="no demanded label"),
        pytest.param([Sample(a_series(_id="two"), NOW_MS, 1.0)], 500, id="another _id"),
        pytest.param([Sample(a_series(account="8"), NOW_MS, 1.0)], 500, id="another value"),
        pytest.param([Sample(a_series("up", ("_id", "one")), NOW_MS, 1.0)], 400, id="twice"),
        pytest.param([Sample(a_series(site="x" * 255), NOW_MS, 1.0)], 200, id="long"),
        pytest.param([Sample(a_series(site="x" * 256), NOW_MS, 1.0)], 400, id="a long value"),
        pytest.param([Sample(a_series(**{"x" * 256: "a"}), NOW_MS, 1.0)], 400, id="a long name"),
        pytest.param([Sample(a_series("x" * 256), NOW_MS, 1.0)], 400, id="a long metric"),
        pytest.param(
            [Sample(a_series(site="a"), NOW_MS, 1.0), Sample(a_series(), NOW_MS - 1, 1.0)],
            400,
            id="out of order",
        ),
        pytest.param(
            [Sample(a_series(), NOW_MS, 1.0), Sample(a_series("usage"), NOW_MS - 1, 1.0)],
            200,
            id="each metric in its order",
        ),
        pytest.param(
            [Sample(a_series(site=f"{number}"), NOW_MS, 1.0) for number in range(MAX_BYTES // 40)],
            413,
            id="too large",
        ),
    ],
)
def test_an_upload_is_judged_alike(both: Both, samples: Sequence[Sample], status: int) -> None:
    assert both.upload(samples) == status
    both.assert_both_have_the_same()


@pytest.mark.parametrize(
    ("cluster_id", "account", "status"),
    [
        pytest.param("one", "good", 200, id="right"),
        pytest.param("two", "other", 200, id="another cluster"),
        pytest.param("one", "other", 409, id="another account"),
        pytest.param("one", "nobody", 401, id="nobody"),
        pytest.param("", "good", 400, id="no cluster"),
    ],
)
def test_a_token_is_given_alike(both: Both, cluster_id: str, account: str, status: int) -> None:
    assert both.authorize(cluster_id, account) == status


def test_without_a_bearer_both_refuse() -> None:
    both = Both()

    assert both.model.authorize("one", NOW_MS).status == 401
    assert both.server.answer("/authorize?id=one", {}, b"").status == 401
    assert both.model.receive([], NOW_MS) == Answer(
        401, {"Content-Type": "text/plain; charset=utf-8"}, b"unauthorized\n"
    )
    assert both.server.answer("/upload", {}, b"").status == 401


@pytest.mark.parametrize("seed", range(20))
def test_a_life_of_requests_is_answered_alike(seed: int) -> None:
    draw, both, statuses = Random(seed), Both(), set()  # noqa: S311  # to repeat it
    for _ in range(300):
        both.now_ms += draw.choice((1, SECOND_MS, 100 * SECOND_MS, GAP_MS - 1, GAP_MS))
        match draw.randrange(12):
            case 0:
                both.end_tokens()
            case 1 | 2:
                cluster = draw.choice(("one", "one", "two"))
                statuses.add(both.authorize(cluster, draw.choice(("good", "good", "other"))))
            case 3:
                both.model.is_cut_off = not both.model.is_cut_off
            case _:
                series = a_series(draw.choice(("up", "usage", "unknown")))
                sample = Sample(series, both.now_ms - draw.randrange(10_000), draw.random())
                token = draw.choice((-1, -1, -1, draw.randrange(len(both.tokens))))
                statuses.add(both.upload([sample], token))
    both.assert_both_have_the_same()
    assert {200, 401, 429} <= statuses
