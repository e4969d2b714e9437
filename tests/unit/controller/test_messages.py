"""Each answer leads to the condition that the reference page promises, word for word."""

import asyncio
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from microshift_telemetry.clock import SystemClock
from microshift_telemetry.controller.cluster import Cluster
from microshift_telemetry.controller.connecting import Connector, SendingRules
from microshift_telemetry.controller.findings import not_sent
from microshift_telemetry.controller.lookup import Lookup
from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.remote_write.answer import Answer
from microshift_telemetry.remote_write.connection import UnreachableError
from microshift_telemetry.remote_write.oauth2 import TokenError
from microshift_telemetry.settings import Settings
from microshift_telemetry.sources.host import Host
from tests.support.fakes import NO_ANSWER, FakeHost, FakeKube, Post
from tests.support.life import A_MINUTE, AN_HOUR, ENDPOINT, Life
from tests.unit.factories import an_effective
from tests.unit.fake_time import IN_FAKE_TIME

pytestmark = IN_FAKE_TIME

PAGE = Path(__file__).parents[3] / "docs" / "conditions.md"
FEW_PASSES = {"endpoint": ENDPOINT, "samplingInterval": "2h", "sendingInterval": "6h"}
HTTPS = "https://receiver.example/api/v1/write"
BEARER = {"type": "Bearer", "bearer": {"credentials": {"name": "receiver", "key": "token"}}}
CA = {"ca": {"configMap": {"name": "receiver-ca", "key": "ca.crt"}}}
IN_NAMESPACE = "/api/v1/namespaces/telemetry"

Promise = tuple[str, str]
"""Reason and message, the message with placeholders."""


def promises() -> dict[str, Promise]:
    """Read the table: what came of an attempt → what Reporting says then."""
    section = PAGE.read_text().partition("## What each answer leads to")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (.+?) \| (\w+) \| (.+) \|$", section, flags=re.MULTILINE)
    return {came: (reason, message) for came, reason, message in rows if reason != "reason"}


PROMISES = promises()

ACCEPTED = "2xx"
AVERAGED = "2xx, while it refuses old samples and reports are averages"
OLD_REFUSED = "2xx to the newest samples, 400, 409, 413, 422 or three 500 in a row to older ones"
OLD_REFUSED_AVERAGED = "the same, while reports are averages"
ALL_REFUSED, DENIED, LATER = "400, 409, 413, 422 to all", "401, 403", "408, 429, 5xx"
LOGIN_PAGE = "2xx, with a web page"
BY_PROXY = "407"
ELSEWHERE = "redirects and every other answer"
UNREACHABLE = "no answer: name, connection, TLS, time"
UNSAFE = "credentials over plain http, the pull secret to who is not its owner"
MISSING = "no usable pull secret, Secret, ConfigMap or key"
UNREADABLE = "the API server does not give a Secret or ConfigMap"
TOKEN_REFUSED = "the token server refuses us for good"
TOKEN_LATER = "the token server can't answer now"
NO_CA, NO_SPEC = "a CA bundle without a certificate", "a field of the spec that can't be used"
TWIN, OPTED_OUT = "an older object with the same destination", "`spec.status: Disabled`"
NOTHING_YET = "nothing sent yet"
SETTLING = "an edit of the spec that still has to stand"


def told(life: Life) -> Promise:
    """Give what an admin reads."""
    [found] = [each for each in life.status["conditions"] if each["type"] == "Reporting"]
    return found["reason"], found["message"]


def promised(came: str, **values: object) -> Promise:
    reason, message = PROMISES[came]
    return reason, message.format(**values)


@pytest.mark.parametrize(
    ("came", "status"),
    [
        *((ACCEPTED, status) for status in (200, 202, 204, 299)),
        *((ALL_REFUSED, status) for status in (400, 409, 413, 422)),
        *((DENIED, status) for status in (401, 403)),
        (BY_PROXY, 407),
        *((LATER, status) for status in (408, 429, 500, 501, 502, 503, 504, 599)),
        *((ELSEWHERE, status) for status in (300, 301, 302, 307, 308, 402, 404, 405, 410, 451)),
    ],
)
async def test_an_answer_is_told_as_promised(came: str, status: int) -> None:
    async with Life() as life:
        answer = life.receiver.answer = Answer(status, "in its own words")
        life.request("now")
        await asyncio.sleep(10 * A_MINUTE)

        assert told(life) == promised(came, answer=answer)


async def test_a_page_that_answers_200_is_told_as_promised_and_takes_nothing() -> None:
    """A guest network's login page answers like this to everything."""
    async with Life() as life:
        answer = life.receiver.answer = Answer(200, "Please log in", is_page=True)
        life.request("now")
        await asyncio.sleep(10 * A_MINUTE)

        assert told(life) == promised(LOGIN_PAGE, answer=answer)
        assert life.condition("Ready")[0] == "False"
        assert life.status["pendingSamples"] > 0


@pytest.mark.parametrize("status", [400, 409, 500])
async def test_refused_old_samples_are_told_as_promised_and_averages_too(status: int) -> None:
    async with Life(FEW_PASSES) as life:
        await asyncio.sleep(7 * AN_HOUR)
        life.receiver.answer = Answer(503)
        await asyncio.sleep(12 * AN_HOUR)
        life.receiver.answer = Answer(204)
        refusal = Answer(status, "out of bounds")

        def judge(post: Post) -> Answer:
            report = life.telemetry.state.frozen
            assert report is not None
            return Answer(204) if report.newest_ms in post.times_ms else refusal

        life.receiver.judge = judge
        said = []
        for _ in range(30):
            await asyncio.sleep(AN_HOUR)
            said.append(told(life))

        assert promised(OLD_REFUSED, answer=refusal) in said
        assert promised(OLD_REFUSED_AVERAGED, answer=refusal) in said
        assert said[-1] == promised(AVERAGED)


async def test_a_receiver_that_can_not_be_reached_is_told_as_promised() -> None:
    async with Life() as life:
        life.receiver.answer = NO_ANSWER
        life.request("now")
        await asyncio.sleep(10 * A_MINUTE)

        error = "receiver.example:80: no answer in time"
        assert told(life) == promised(UNREACHABLE, error=error)


def _opt_out(life: Life) -> None:
    life.edit({"status": "Disabled"})


def _spoil(life: Life) -> None:
    life.edit({"endpoint": "gopher://nowhere"})


def _widen(life: Life) -> None:
    life.edit({"endpoint": HTTPS})


def _double(life: Life) -> None:
    life.older_twin = "first"
    life.request("now")


@pytest.mark.parametrize(
    ("came", "do", "values"),
    [
        pytest.param(OPTED_OUT, _opt_out, {}, id="opted-out"),
        pytest.param(
            NO_SPEC, _spoil, {"error": "spec.endpoint: the scheme is not http or https"}, id="spec"
        ),
        pytest.param(SETTLING, _widen, {}, id="settling"),
        pytest.param(TWIN, _double, {"older": "first"}, id="twin"),
        pytest.param(NOTHING_YET, lambda _: None, {}, id="nothing-yet"),
    ],
)
async def test_what_the_object_says_is_told_as_promised(
    came: str, do: Callable[[Life], None], values: Mapping[str, str]
) -> None:
    async with Life() as life:
        await asyncio.sleep(1)
        do(life)
        await asyncio.sleep(20)

        assert told(life) == promised(came, **values)


async def what_stops(
    spec: Mapping[str, Any], objects: Mapping[str, Any], host: Host, *, is_away: bool = False
) -> TelemetryError:
    """Prepare to send, and give the error that comes of it."""
    kube = FakeKube()
    kube.objects.update(objects)
    cluster = Cluster(kube, host, Settings())
    await cluster.identify()
    kube.is_away = is_away
    rules = SendingRules(Settings().pull_secret_hosts)
    connector = Connector(cluster, Lookup(kube, "telemetry"), rules, SystemClock())
    with pytest.raises(TelemetryError) as caught:
        await connector.connect(an_effective(**spec).destination)
    return caught.value


@pytest.mark.parametrize(
    ("came", "spec", "objects"),
    [
        pytest.param(UNSAFE, {"endpoint": ENDPOINT, "authorization": BEARER}, {}, id="plain-http"),
        pytest.param(
            UNSAFE, {"endpoint": HTTPS, "authorization": {"type": "PullSecret"}}, {}, id="foreign"
        ),
        pytest.param(UNSAFE, {"tlsConfig": {"serverName": "a.example"}}, {}, id="another-name"),
        pytest.param(MISSING, {}, {}, id="no-pull-secret"),
        pytest.param(MISSING, {"endpoint": HTTPS, "authorization": BEARER}, {}, id="no-secret"),
        pytest.param(
            MISSING,
            {"endpoint": HTTPS, "authorization": BEARER},
            {f"{IN_NAMESPACE}/secrets/receiver": {"data": {}}},
            id="no-key",
        ),
        pytest.param(MISSING, {"endpoint": HTTPS, "tlsConfig": CA}, {}, id="no-config-map"),
        pytest.param(
            NO_CA,
            {"endpoint": HTTPS, "tlsConfig": CA},
            {f"{IN_NAMESPACE}/configmaps/receiver-ca": {"data": {"ca.crt": "nonsense"}}},
            id="no-certificate",
        ),
    ],
)
async def test_what_keeps_from_sending_is_told_as_promised(
    came: str, spec: Mapping[str, Any], objects: Mapping[str, Any], tmp_path: Path
) -> None:
    error = await what_stops(spec, objects, Host(tmp_path))

    found = not_sent(error)

    assert (found.reason, found.message) == promised(came, error=error)
    assert not isinstance(error, UnreachableError)


async def test_a_silent_api_server_is_told_as_promised() -> None:
    error = await what_stops({"endpoint": HTTPS, "tlsConfig": CA}, {}, FakeHost(), is_away=True)

    found = not_sent(error)

    assert (found.reason, found.message) == promised(UNREADABLE, error=error)


@pytest.mark.parametrize(("came", "is_lasting"), [(TOKEN_REFUSED, True), (TOKEN_LATER, False)])
def test_a_token_server_is_told_as_promised(came: str, *, is_lasting: bool) -> None:
    error = TokenError("spec.authorization.oauth2.tokenUrl: sso.example", is_lasting=is_lasting)

    found = not_sent(error)

    assert (found.reason, found.message) == promised(came, error=error)


def test_every_row_of_the_table_is_driven_here() -> None:
    driven = {
        *(
            ACCEPTED,
            AVERAGED,
            OLD_REFUSED,
            LOGIN_PAGE,
            ALL_REFUSED,
            DENIED,
            BY_PROXY,
            LATER,
            ELSEWHERE,
        ),
        *(UNREACHABLE, UNSAFE, MISSING, UNREADABLE, NO_CA, NO_SPEC, TWIN, OPTED_OUT),
        *(OLD_REFUSED_AVERAGED, NOTHING_YET, SETTLING, TOKEN_REFUSED, TOKEN_LATER),
    }

    assert set(PROMISES) - driven == set()


def test_no_message_has_a_figure_that_changes_from_one_try_to_the_next() -> None:
    for _, message in PROMISES.values():
        assert not re.search(r"attempt|\bin \d|\d+ times|\bat \d", message)
