"""An access token of telemeter on its way through the cache and the receiver that all share."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager

import pytest

from microshift_telemetry.controller.findings import not_delivered, not_sent
from microshift_telemetry.sending.answer import Answer
from microshift_telemetry.sending.connection import Connection
from microshift_telemetry.sending.receiver import Receiver
from microshift_telemetry.sending.route import Route
from microshift_telemetry.sending.tokens import Grant, OtherLabelsError, TokenError, Tokens
from microshift_telemetry.spec.endpoint import parse_endpoint
from microshift_telemetry.status.reasons import ReportingReason
from microshift_telemetry.telemeter.authorize import Authorization
from microshift_telemetry.telemeter.judge import judge
from tests.support.fault_receiver import Answer as Reply
from tests.support.fault_receiver import FaultReceiver, RecordedRequest
from tests.unit.factories import CLUSTER_ID, an_effective
from tests.unit.sending.token_server import Seconds

HEADERS = (("X-Tenant", "a"),)


class Server:
    """Gives tokens with labels, and answers uploads, as a test says."""

    def __init__(self) -> None:
        self.labels: Mapping[str, str] = {"account": "7"}
        self.uploads = [Reply(200)]
        self.tokens = 0
        self.status = 200

    def answer(self, request: RecordedRequest) -> Reply:
        if request.target.startswith("/authorize?"):
            self.tokens += 1
            given = {"token": f"token-{self.tokens}", "expiresInSeconds": 600}
            return Reply(self.status, json.dumps({**given, "labels": self.labels}).encode())
        return self.uploads.pop(0)


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@asynccontextmanager
async def a_receiver(
    server: Server, seconds: Seconds
) -> AsyncIterator[tuple[Receiver, FaultReceiver]]:
    with FaultReceiver(server.answer) as listening:
        base = parse_endpoint(listening.url, "")
        source = Authorization(base, CLUSTER_ID, "secret", HEADERS)
        grant = Grant(Tokens(seconds), source, Route())
        connection = Connection(base.below("/upload"), Route())
        async with aclosing(Receiver(connection, dict(HEADERS), grant)) as receiver:
            yield receiver, listening


async def test_labels_come_before_the_upload_that_has_their_token(
    server: Server, seconds: Seconds
) -> None:
    async with a_receiver(server, seconds) as (receiver, listening):
        labels = await receiver.labels()
        answer = await receiver.post(b"body")

    assert labels == (("account", "7"),)
    assert answer == Answer(200)
    authorize, upload = listening.requests
    assert (authorize.method, authorize.target) == ("POST", f"/authorize?id={CLUSTER_ID}")
    assert (authorize.body, authorize.headers["content-length"]) == (b"", "0")
    assert authorize.headers["authorization"] == "Bearer secret"
    assert authorize.headers["x-tenant"] == upload.headers["x-tenant"] == "a"
    assert (upload.target, upload.headers["authorization"]) == ("/upload", "Bearer token-1")


async def test_a_token_is_kept_until_shortly_before_its_end(
    server: Server, seconds: Seconds
) -> None:
    async with a_receiver(server, seconds) as (receiver, _):
        await receiver.labels()
        seconds.now += 539
        await receiver.labels()
        assert server.tokens == 1
        seconds.now += 1
        await receiver.labels()

    assert server.tokens == 2


async def test_a_refused_token_is_renewed_once_and_the_upload_repeated(
    server: Server, seconds: Seconds
) -> None:
    server.uploads = [Reply(401), Reply(200)]
    async with a_receiver(server, seconds) as (receiver, listening):
        answer = await receiver.post(b"body")

    assert (answer.status_code, answer.code_before_renewal) == (200, 401)
    sent = [request for request in listening.requests if request.target == "/upload"]
    assert [each.headers["authorization"] for each in sent] == ["Bearer token-1", "Bearer token-2"]


@pytest.mark.parametrize(
    ("answers", "told", "tokens"),
    [
        pytest.param((401, 200, 200, 401, 200), [200, 200, 200], 3, id="accepted in between"),
        pytest.param((401, 503, 401, 401), [503, 401, 401], 2, id="never accepted"),
    ],
)
async def test_a_renewed_token_is_renewed_again_only_where_it_was_accepted(
    server: Server, seconds: Seconds, answers: Sequence[int], told: list[int], tokens: int
) -> None:
    server.uploads = [Reply(status) for status in answers]
    async with a_receiver(server, seconds) as (receiver, _):
        given = [(await receiver.post(b"body")).status_code for _ in told]

    assert given == told
    assert server.tokens == tokens


async def test_a_refused_token_in_whose_place_there_is_no_other_yet_goes_nowhere_again(
    server: Server, seconds: Seconds
) -> None:
    server.uploads = [Reply(401), Reply(401)]
    async with a_receiver(server, seconds) as (receiver, listening):
        await receiver.labels()
        server.status = 503
        first = await receiver.post(b"body")
        with pytest.raises(TokenError):
            await receiver.post(b"body")
        server.status = 200
        last = await receiver.post(b"body")

    assert isinstance(first.renewal_error, TokenError)
    assert last.status_code == 401  # it has taken the place of a refused one, and stays
    sent = [request for request in listening.requests if request.target == "/upload"]
    assert [each.headers["authorization"] for each in sent] == ["Bearer token-1", "Bearer token-4"]


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (429, ReportingReason.RETRYING),
        (503, ReportingReason.RETRYING),
        (401, ReportingReason.UNAUTHORIZED),
        (404, ReportingReason.INVALID_ENDPOINT),
    ],
)
async def test_a_renewal_that_fails_has_the_reason_of_the_answer_to_it(
    server: Server, seconds: Seconds, status: int, reason: ReportingReason
) -> None:
    server.uploads = [Reply(401, b"ended")]
    async with a_receiver(server, seconds) as (receiver, _):
        await receiver.labels()
        server.status = status
        answer = await receiver.post(b"body")

    assert answer.renewal_error is not None
    to = an_effective(protocol="TelemeterUpload").destination
    finding = not_delivered(judge(answer), answer, to)
    alone = not_sent(answer.renewal_error)
    assert alone.reason is finding.reason is reason
    assert finding.message == (
        "the receiver rejects the access token (401: ended), and /authorize issued no new one: "
        f"{alone.message}"
    )


async def test_what_was_written_with_other_labels_is_not_sent_with_a_new_token(
    server: Server, seconds: Seconds
) -> None:
    server.uploads = [Reply(401, b"ended")]
    async with a_receiver(server, seconds) as (receiver, listening):
        await receiver.labels()
        server.labels = {"account": "8"}
        answer = await receiver.post(b"body")
        labels = await receiver.labels()

    assert isinstance(answer.renewal_error, OtherLabelsError)
    assert [each.target for each in listening.requests].count("/upload") == 1
    assert labels == (("account", "8"),)  # the next attempt has them
    to = an_effective(protocol="TelemeterUpload").destination
    finding = not_delivered(judge(answer), answer, to)
    assert finding.reason is ReportingReason.RETRYING
    assert finding.message == (
        "the receiver demands other labels since the access token was renewed (401: ended); "
        "samples are kept and sent with them"
    )
