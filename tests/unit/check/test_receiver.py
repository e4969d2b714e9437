"""What an answer to a write request without a sample means."""

from typing import Any

import pytest

from microshift_telemetry.check.line import Verdict
from microshift_telemetry.check.receiver import receiver_line
from microshift_telemetry.controller.findings import not_delivered
from microshift_telemetry.remote_write.judge import judge
from microshift_telemetry.remote_write.transport import REMOTE_WRITE
from microshift_telemetry.sending.answer import Answer
from microshift_telemetry.sending.speaker import Speaker
from tests.support.decoder import decode_request
from tests.unit.factories import an_effective

BEARER = {"type": "Bearer", "bearer": {"credentials": {"name": "receiver", "key": "token"}}}

PULL_SECRET = {"type": "PullSecret"}
_KEY = {"name": "receiver", "key": "password"}
BASIC = {"type": "Basic", "basic": {"username": _KEY, "password": _KEY}}
OAUTH2 = {
    "type": "OAuth2",
    "oauth2": {
        "clientId": {"secret": _KEY},
        "clientSecret": _KEY,
        "tokenUrl": "https://login.example/token",
    },
}


def test_it_is_a_write_request_without_a_sample() -> None:
    question = REMOTE_WRITE.question

    assert question is not None
    assert (decode_request(question), len(question)) == ((), 1)


@pytest.mark.parametrize(
    ("answer", "verdict", "seen", "remedy"),
    [
        (
            Answer(204),
            Verdict.OK,
            "204, to a request without samples: POST https://r.example/write",
            "",
        ),
        (
            Answer(400, "empty remote write request after telemeter processing"),
            Verdict.OK,
            "how telemeter answers",
            "",
        ),
        (Answer(400, "bad request"), Verdict.WARNING, "only a report shows", "requestedAt"),
        (
            Answer(401, "no"),
            Verdict.FAILED,
            "rejects the token of Secret receiver",
            "store a token",
        ),
        (
            Answer(403),
            Verdict.FAILED,
            "403: the receiver rejects",
            "in this key; the operator reads it again",
        ),
        (
            Answer(404, "not found"),
            Verdict.FAILED,
            "no remote-write receiver answers at POST",
            "path",
        ),
        (Answer(405), Verdict.FAILED, "no remote-write receiver answers at POST", "path"),
        (Answer(302), Verdict.FAILED, "is redirected (302)", "the final URL"),
        (
            Answer(302, location="https://login.example"),
            Verdict.FAILED,
            "is redirected to https://login.example (302)",
            "the final URL",
        ),
        (Answer(200, "Login", is_page=True), Verdict.FAILED, "returns a web page", "log in there"),
        (
            Answer(503, "busy"),
            Verdict.FAILED,
            "503: busy: the receiver cannot accept samples",
            "receiver's log",
        ),
        (Answer(429), Verdict.FAILED, "cannot accept samples at the moment", "sent later"),
        (Answer(403, speaker=Speaker.PROXY), Verdict.FAILED, "the proxy answers", "allow requests"),
    ],
    ids=lambda value: value.status_code if isinstance(value, Answer) else "",
)
def test_it_is_told_with_what_to_do(
    answer: Answer, verdict: Verdict, seen: str, remedy: str
) -> None:
    to = an_effective(endpoint="https://r.example/write?key=s3cret", authorization=BEARER)

    line = receiver_line(answer, to.destination)

    assert line.verdict is verdict
    assert seen in line.seen
    assert remedy in line.remedy
    assert "s3cret" not in line.seen


@pytest.mark.parametrize(
    ("authorization", "remedy"),
    [
        (PULL_SECRET, "store a pull secret that the receiver accepts in this file; "),
        (BASIC, "store a user name and a password that the receiver accepts in these keys; "),
        (BEARER, "store a token that the receiver accepts in this key; "),
        (OAUTH2, "set spec.authorization.oauth2 to a client and scopes"),
    ],
    ids=lambda value: value["type"] if isinstance(value, dict) else "",
)
def test_what_is_not_accepted_is_to_be_replaced_where_it_lies(
    authorization: Any, remedy: str
) -> None:
    of_its_own = {} if authorization is PULL_SECRET else {"endpoint": "https://r.example/"}
    to = an_effective(**of_its_own, authorization=authorization)

    assert receiver_line(Answer(401), to.destination).remedy.startswith(remedy)


def test_a_receiver_that_wants_credentials_is_told_from_one_that_knows_ours() -> None:
    line = receiver_line(Answer(401), an_effective(endpoint="https://r.example/").destination)

    assert "requires credentials, and spec.authorization is None" in line.seen
    assert line.remedy == "set spec.authorization"


def test_credentials_in_a_header_are_looked_for_there() -> None:
    value_from = {"secretKeyRef": {"name": "receiver", "key": "key"}}
    to = an_effective(
        endpoint="https://r.example/", headers=[{"name": "X-Api-Key", "valueFrom": value_from}]
    ).destination
    line = receiver_line(Answer(401), to)
    finding = not_delivered(judge(Answer(401)), Answer(401), to)

    assert line.seen.endswith("the receiver rejects the credentials of spec.headers")
    assert line.remedy == "correct the Secret that it references"
    assert "correct the credentials that spec.headers references" in finding.message
