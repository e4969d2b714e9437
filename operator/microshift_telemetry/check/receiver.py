"""What the receiver answers to a write request without a single sample."""

from microshift_telemetry.check.credentials import shown_authorization
from microshift_telemetry.check.line import Hop, Line, Verdict
from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.remote_write import answer as answers
from microshift_telemetry.remote_write.answer import Answer, judge
from microshift_telemetry.remote_write.connection import UnreachableError
from microshift_telemetry.remote_write.encode import encode
from microshift_telemetry.remote_write.speaker import Speaker
from microshift_telemetry.spec.authorization import (
    Authorization,
    Basic,
    NoAuthorization,
    OAuth2,
    PullSecret,
)
from microshift_telemetry.spec.effective import Destination

EMPTY = encode(()).body
"""Prometheus, Thanos, Cortex and VictoriaMetrics take it and store nothing: `docs/check.md`."""
_TELEMETERS = "empty remote write request"
"""What telemeter says with its 400, once it has read a request in which it finds no sample."""


def receiver_line(answer: Answer, to: Destination) -> Line:
    """Tell what an answer to the empty request means."""
    if answer.speaker is Speaker.PROXY:
        return _proxys(answer)
    url = to.endpoint.url.partition("?")[0]
    said = f"{answer}, to a request without a sample: POST {url}"
    match judge(answer):
        case answers.Verdict.TAKEN:
            return Line(Hop.RECEIVER, Verdict.OK, said)
        case answers.Verdict.REFUSED | answers.Verdict.CONFLICT:
            return _refused(answer, said)
        case answers.Verdict.UNAUTHORIZED:
            return _unauthorized(answer, to)
        case answers.Verdict.WRONG_ENDPOINT:
            return _wrong_endpoint(answer, url)
        case _:
            seen = f"{answer}: the receiver takes nothing just now"
            remedy = "see the receiver's own log; samples wait, and are sent once it can"
            return Line(Hop.RECEIVER, Verdict.FAILED, seen, remedy)


def silent_line(error: TelemetryError) -> Line:
    """Tell why there is no answer, over a connection that is there."""
    advice = error.advice if isinstance(error, UnreachableError) else "check spec.endpoint"
    return Line(Hop.RECEIVER, Verdict.FAILED, str(error), advice)


def _refused(answer: Answer, said: str) -> Line:
    if _TELEMETERS in answer.excerpt:
        return Line(Hop.RECEIVER, Verdict.OK, f"{said}; so it has read it, and is telemeter")
    return Line(
        Hop.RECEIVER,
        Verdict.WARNING,
        f"{said}; whether it takes samples, only a report can tell",
        "ask for a report: annotate the object with telemetry.microshift.io/requestedAt",
    )


def _unauthorized(answer: Answer, to: Destination) -> Line:
    if isinstance(to.authorization, NoAuthorization):
        seen = f"{answer}: the receiver wants credentials, and spec.authorization is None"
        return Line(Hop.RECEIVER, Verdict.FAILED, seen, "set spec.authorization")
    what = shown_authorization(to.authorization)
    if isinstance(to.authorization, OAuth2):
        what = "the access token of spec.authorization.oauth2"
    seen = f"{answer}: the receiver does not accept {what}"
    return Line(Hop.RECEIVER, Verdict.FAILED, seen, _other_credentials(to.authorization))


def _other_credentials(authorization: Authorization) -> str:
    match authorization:
        case OAuth2():
            return (
                "check which client and scopes the receiver accepts, and correct "
                "spec.authorization.oauth2"
            )
        case Basic():
            return (
                "store a user name and a password that the receiver accepts in these keys; the "
                "operator reads them again at the next attempt"
            )
        case PullSecret():
            what = "a pull secret that the receiver accepts in this file"
        case _:
            what = "a token that the receiver accepts in this key"
    return f"store {what}; the operator reads it again at the next attempt"


def _wrong_endpoint(answer: Answer, url: str) -> Line:
    if answer.is_page:
        seen = f"a web page answers, not a receiver ({answer}): POST {url}"
        remedy = (
            "if this is the login page of your network, log in there; otherwise correct the path "
            "in spec.endpoint"
        )
    elif 300 <= answer.status_code <= 399:
        seen = f"POST {url} is redirected ({answer}), which is never followed"
        remedy = "set spec.endpoint to the URL that it leads to"
    else:
        seen = f"{answer}: nothing takes samples at POST {url}"
        remedy = (
            "correct the path of spec.endpoint: /api/v1/write is Prometheus' and "
            "VictoriaMetrics', /api/v1/receive Thanos', /api/v1/push Mimir's and Cortex'"
        )
    return Line(Hop.RECEIVER, Verdict.FAILED, seen, remedy)


def _proxys(answer: Answer) -> Line:
    seen = f"the proxy answers in place of the receiver ({answer})"
    remedy = "check spec.proxyUrl or HTTP_PROXY, its credentials, and what the proxy allows"
    return Line(Hop.RECEIVER, Verdict.FAILED, seen, remedy)
