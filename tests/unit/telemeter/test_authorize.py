"""Each row of `docs/telemeter-upload.md` on the answers of `/authorize`."""

import json
from math import inf
from typing import Any

import pytest

from microshift_telemetry.controller.findings import not_sent
from microshift_telemetry.sending.credentials import Credential, CredentialsRefusedError
from microshift_telemetry.sending.raw_answer import Response
from microshift_telemetry.sending.tokens import Issued, TokenError
from microshift_telemetry.spec.endpoint import parse_endpoint
from microshift_telemetry.status.reasons import ReportingReason
from microshift_telemetry.telemeter.authorize import Authorization
from tests.unit.factories import CLUSTER_ID

TOKEN = "a-secret-of-the-pull-secret"  # made up
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl"


def asked(url: str = "https://telemeter.example/base") -> Authorization:
    return Authorization(parse_endpoint(url, ""), CLUSTER_ID, TOKEN)


def an_answer(**changes: Any) -> Response:
    given = {
        "version": 1,
        "token": JWT,
        "expiresInSeconds": 86400,
        "labels": {"_id": CLUSTER_ID, "account": "7"},
    }
    body = {name: value for name, value in {**given, **changes}.items() if value is not ...}
    return Response(200, {"content-type": "text/plain"}, json.dumps(body).encode())


def issued(response: Response) -> Issued:
    return asked().issued(response, ())


def refusal(response: Response) -> TokenError:
    with pytest.raises(TokenError) as caught:
        issued(response)
    return caught.value


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://h.example", f"https://h.example/authorize?id={CLUSTER_ID}"),
        ("https://h.example/", f"https://h.example/authorize?id={CLUSTER_ID}"),
        ("https://h.example/a/b/", f"https://h.example/a/b/authorize?id={CLUSTER_ID}"),
    ],
)
def test_it_is_asked_for_below_the_endpoint(url: str, expected: str) -> None:
    assert asked(url).url.url == expected


def test_a_token_comes_with_its_end_and_the_labels_beside_our_own() -> None:
    token = issued(an_answer())

    assert token.authorization.reveal() == f"Bearer {JWT}"
    assert (token.seconds, token.labels) == (86400.0, (("account", "7"),))


@pytest.mark.parametrize(
    ("changes", "seconds", "labels"),
    [
        ({"expiresInSeconds": ...}, inf, (("account", "7"),)),
        ({"labels": ...}, 86400.0, ()),
        ({"labels": {"account": "7"}}, 86400.0, (("account", "7"),)),
        ({"version": 2}, 86400.0, (("account", "7"),)),
    ],
)
def test_what_is_not_told_is_not_needed(
    changes: dict[str, Any], seconds: float, labels: object
) -> None:
    token = issued(an_answer(**changes))

    assert (token.seconds, token.labels) == (seconds, labels)


def test_a_token_for_another_cluster_is_refused() -> None:
    with pytest.raises(CredentialsRefusedError) as caught:
        issued(an_answer(labels={"_id": "somebody-else"}))

    finding = not_sent(caught.value)
    assert finding.reason is ReportingReason.CREDENTIALS_REFUSED
    assert f"for cluster somebody-else, and this device is {CLUSTER_ID}" in finding.message


@pytest.mark.parametrize(
    ("response", "words"),
    [
        pytest.param(an_answer(token=...), "has no token", id="no token"),
        pytest.param(an_answer(token=7), "has no token", id="a number"),
        pytest.param(an_answer(token="a\nb"), "not allowed in an HTTP header", id="two lines"),
        pytest.param(an_answer(labels=["a"]), "labels are no object", id="a list"),
        pytest.param(an_answer(labels={"a-b": "c"}), "label 'a-b' is none", id="a name"),
        pytest.param(an_answer(labels={"a": 7}), "label 'a' is none", id="a value"),
        pytest.param(
            an_answer(labels={"a": "\ud800"}), "of label a is not UTF-8", id="a surrogate"
        ),
        pytest.param(an_answer(labels={"__name__": "x"}), "of label __name__", id="the metric"),
        pytest.param(Response(200, {}, b"[]"), "has no token", id="JSON of another kind"),
        pytest.param(Response(204, {}, b""), "has no token", id="nothing"),
    ],
)
def test_an_answer_that_cannot_be_used_is_of_another_server(response: Response, words: str) -> None:
    error = refusal(response)

    finding = not_sent(error)
    assert finding.reason is ReportingReason.INVALID_ENDPOINT
    assert words in finding.message
    assert "set spec.endpoint to the base URL of a telemeter server" in finding.message


@pytest.mark.parametrize(
    "name",
    [
        "resource",
        *("stage", "minutes", "field"),
        *("command", "from_version", "version", "result", "duration"),
    ],
)
def test_a_label_by_which_two_of_our_series_may_differ_is_not_demanded(name: str) -> None:
    error = refusal(an_answer(labels={name: "z"}))

    assert f"it demands one value of label {name} for all series" in str(error)
    assert not_sent(error).reason is ReportingReason.INVALID_ENDPOINT


@pytest.mark.parametrize("name", ["account", "instance", "type", "label_kubernetes_io_arch"])
def test_any_other_label_may_have_one_value_for_all_series(name: str) -> None:
    assert issued(an_answer(labels={name: "é 字"})).labels == ((name, "é 字"),)


def test_a_login_page_is_told_from_a_telemeter() -> None:
    page = Response(200, {"content-type": "text/html"}, b"<title>Please log in</title>")

    finding = not_sent(refusal(page))

    assert finding.reason is ReportingReason.INVALID_ENDPOINT
    assert "returns a web page (200: Please log in)" in finding.message
    assert "log in there" in finding.message


REASONS = {
    **dict.fromkeys((400, 401, 403, 407, 409), ReportingReason.UNAUTHORIZED),
    **dict.fromkeys((408, 429), ReportingReason.RETRYING),
    **dict.fromkeys(range(500, 600), ReportingReason.RETRYING),
}


@pytest.mark.parametrize("status_code", range(300, 600))
def test_every_refusal_has_its_reason(status_code: int) -> None:
    finding = not_sent(refusal(Response(status_code, {}, b"no")))

    assert finding.reason is REASONS.get(status_code, ReportingReason.INVALID_ENDPOINT)
    assert "samples are kept" in finding.message


@pytest.mark.parametrize(
    ("status_code", "words"),
    [
        (401, "rejects the token (401: no); correct the token that spec.authorization names"),
        (409, "knows this cluster ID under another account (409: no); use the pull secret of that"),
        (404, "is not there (404: no); set spec.endpoint to the base URL"),
        (503, "gives no access token at the moment (503: no)"),
    ],
)
def test_a_refusal_says_what_to_do(status_code: int, words: str) -> None:
    assert words in not_sent(refusal(Response(status_code, {}, b"no"))).message


def test_a_server_that_is_asked_too_often_says_for_how_long() -> None:
    assert refusal(Response(429, {"retry-after": "300"}, b"")).retry_after_seconds == 300.0


@pytest.mark.parametrize("status_code", [200, 400, 401, 500])
def test_no_answer_makes_us_repeat_a_token(status_code: int) -> None:
    known = Credential(f"Bearer {JWT}")
    said = f"{TOKEN} Bearer {TOKEN} {JWT}".encode()

    with pytest.raises(TokenError) as caught:
        asked().issued(Response(status_code, {}, said), [known])

    assert TOKEN not in str(caught.value)
    assert JWT not in str(caught.value)
    assert TOKEN not in repr(asked())
