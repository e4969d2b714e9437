"""What a check finds of a telemeter that takes uploads: a token is asked for, an upload is not."""

import json
from collections.abc import Mapping

import pytest

from microshift_telemetry.check.line import Hop, Line, Verdict
from microshift_telemetry.check.receiver import unasked_line
from microshift_telemetry.check.tunnel import date_of, token_line
from microshift_telemetry.sending.raw_answer import Response
from microshift_telemetry.sending.route import Route
from microshift_telemetry.sending.tokens import Grant, Tokens
from microshift_telemetry.spec.endpoint import parse_endpoint
from microshift_telemetry.telemeter.authorize import Authorization
from tests.support.fault_receiver import Answer as Reply
from tests.support.fault_receiver import Fault, FaultReceiver, always
from tests.unit.factories import CLUSTER_ID, an_effective
from tests.unit.sending.token_server import Seconds

TOKEN = {"token": "t0ken", "expiresInSeconds": 600}


def given(labels: Mapping[str, str]) -> Reply:
    return Reply(200, json.dumps({**TOKEN, "labels": labels}).encode())


async def line_of(reply: Reply | Fault, seconds: float = 5.0) -> tuple[Line, FaultReceiver]:
    with FaultReceiver(always(reply)) as server:
        source = Authorization(parse_endpoint(server.url, ""), CLUSTER_ID, "secret")
        grant = Grant(Tokens(Seconds()), source, Route())
        return await token_line(grant, seconds), server


async def test_a_token_that_is_given_is_well() -> None:
    line, server = await line_of(given({"_id": CLUSTER_ID}))

    assert line == Line(Hop.TOKEN, Verdict.OK, f"{server.address} issued an access token")
    assert [each.target for each in server.requests] == [f"/authorize?id={CLUSTER_ID}"]


@pytest.mark.parametrize(
    ("reply", "seen", "remedy"),
    [
        (Reply(401, b"no"), "rejects the token (401: no)", "that spec.authorization names"),
        (Reply(404), "is not there (404)", "base URL of a telemeter server"),
        (given({"_id": "x"}), "for cluster x, and this device is", "docs/troubleshooting.md"),
    ],
)
async def test_a_token_that_is_not_given_is_the_first_thing_to_mend(
    reply: Reply, seen: str, remedy: str
) -> None:
    line, _ = await line_of(reply)

    assert line.verdict is Verdict.FAILED
    assert seen in line.seen
    assert remedy in line.remedy


async def test_a_telemeter_that_is_silent_is_not_waited_for() -> None:
    line, _ = await line_of(Fault.HANG, seconds=0.2)

    assert line.verdict is Verdict.FAILED
    assert line.remedy == "check spec.endpoint and the network"


def test_a_check_says_why_it_uploads_nothing() -> None:
    line = unasked_line(an_effective(protocol="TelemeterUpload").destination)

    assert line == Line(
        Hop.RECEIVER,
        Verdict.OK,
        "not asked: it accepts one POST https://infogw.api.openshift.com/upload in 4m30s, and that "
        "is for the next report",
    )


def test_the_clock_is_that_of_the_first_answer() -> None:
    knocked = Response(404, {"date": "Tue, 20 Jan 2026 12:00:00 GMT"}, b"")

    assert str(date_of(knocked)) == "2026-01-20 12:00:00+00:00"
    assert date_of(Response(404, {}, b"")) is None
