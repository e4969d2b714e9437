"""What the receiver answers to a write request without a single sample."""

from microshift_telemetry.check.credentials import shown_authorization
from microshift_telemetry.check.line import Hop, Line, Verdict
from microshift_telemetry.controller.transports import transport_to
from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.sending import answer as answers
from microshift_telemetry.sending.answer import Answer
from microshift_telemetry.sending.connection import UnreachableError
from microshift_telemetry.sending.speaker import Speaker
from microshift_telemetry.spec.authorization import (
    Authorization,
    Basic,
    NoAuthorization,
    OAuth2,
    PullSecret,
)
from microshift_telemetry.spec.duration import format_duration
from microshift_telemetry.spec.effective import Destination
from microshift_telemetry.spec.protocol import Protocol

_TELEMETERS = "empty remote write request"
"""What telemeter says with its 400, once it has read a request in which it finds no sample."""


def receiver_line(answer: Answer, to: Destination) -> Line:
    """Tell what an answer to the empty request means."""
    if answer.speaker is Speaker.PROXY:
        return _proxys(answer)
    url = to.target.url.partition("?")[0]
    said = f"{answer}, to a request without samples: POST {url}"
    match transport_to(to).judge(answer):
        case answers.Verdict.TAKEN:
            return Line(Hop.RECEIVER, Verdict.OK, said)
        case answers.Verdict.REFUSED | answers.Verdict.CONFLICT:
            return _refused(answer, said)
        case answers.Verdict.UNAUTHORIZED:
            return _unauthorized(answer, to)
        case answers.Verdict.WRONG_ENDPOINT:
            return _wrong_endpoint(answer, url, to.protocol)
        case _:
            seen = f"{answer}: the receiver cannot accept samples at the moment"
            remedy = "see the receiver's log; samples are kept and sent later"
            return Line(Hop.RECEIVER, Verdict.FAILED, seen, remedy)


def unasked_line(to: Destination) -> Line:
    """Tell why a receiver is not asked that counts each request."""
    gap = format_duration(to.protocol.shortest_interval)
    url = to.target.url.partition("?")[0]
    seen = f"not asked: it accepts one POST {url} in {gap}, and that is for the next report"
    return Line(Hop.RECEIVER, Verdict.OK, seen)


def silent_line(error: TelemetryError) -> Line:
    """Tell why there is no answer, over a connection that is there."""
    advice = error.advice if isinstance(error, UnreachableError) else "check spec.endpoint"
    return Line(Hop.RECEIVER, Verdict.FAILED, str(error), advice)


def _refused(answer: Answer, said: str) -> Line:
    if _TELEMETERS in answer.excerpt:
        return Line(Hop.RECEIVER, Verdict.OK, f"{said}; this is how telemeter answers it")
    return Line(
        Hop.RECEIVER,
        Verdict.WARNING,
        f"{said}; only a report shows whether it accepts samples",
        "request a report: set the annotation telemetry.microshift.io/requestedAt",
    )


def _unauthorized(answer: Answer, to: Destination) -> Line:
    if to.credentials_field == "spec.headers":
        seen = f"{answer}: the receiver rejects the credentials of spec.headers"
        return Line(Hop.RECEIVER, Verdict.FAILED, seen, "correct the Secret that it references")
    if isinstance(to.authorization, NoAuthorization):
        seen = f"{answer}: the receiver requires credentials, and spec.authorization is None"
        return Line(Hop.RECEIVER, Verdict.FAILED, seen, "set spec.authorization")
    what = shown_authorization(to.authorization)
    if isinstance(to.authorization, OAuth2):
        what = "the access token of spec.authorization.oauth2"
    seen = f"{answer}: the receiver rejects {what}"
    return Line(Hop.RECEIVER, Verdict.FAILED, seen, _other_credentials(to.authorization))


def _other_credentials(authorization: Authorization) -> str:
    match authorization:
        case OAuth2():
            return "set spec.authorization.oauth2 to a client and scopes that the receiver accepts"
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


def _wrong_endpoint(answer: Answer, url: str, protocol: Protocol) -> Line:
    if answer.is_page:
        seen = f"POST {url} returns a web page ({answer})"
        remedy = (
            "if this is the login page of your network, log in there; otherwise correct the path "
            "in spec.endpoint"
        )
    elif 300 <= answer.status_code <= 399:
        to = f" to {answer.location}" if answer.location else ""
        seen = f"POST {url} is redirected{to} ({answer}); redirects are never followed"
        remedy = "set spec.endpoint to the final URL"
    else:
        seen = f"{answer}: no {protocol.receiver} answers at POST {url}"
        remedy = (
            "correct the path of spec.endpoint: /api/v1/write for Prometheus and VictoriaMetrics, "
            "/api/v1/receive for Thanos, /api/v1/push for Mimir and Cortex"
        )
    return Line(Hop.RECEIVER, Verdict.FAILED, seen, remedy)


def _proxys(answer: Answer) -> Line:
    seen = f"the proxy answers instead of the receiver ({answer})"
    remedy = "configure the proxy to allow requests to spec.endpoint"
    return Line(Hop.RECEIVER, Verdict.FAILED, seen, remedy)
