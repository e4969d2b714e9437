"""Whose fault it is, of a proxy's, where a question got no answer or the wrong one."""

import ssl

import pytest

from microshift_telemetry.check.line import Verdict
from microshift_telemetry.check.tls import WatchedContext
from microshift_telemetry.check.tunnel import Knocked, proxy_line
from microshift_telemetry.sending.connection import UnreachableError
from microshift_telemetry.sending.hops import Trouble
from microshift_telemetry.sending.proxies import Proxy
from microshift_telemetry.sending.raw_answer import Response
from microshift_telemetry.sending.route import Route
from microshift_telemetry.spec.endpoint import parse_endpoint

PROXY = Proxy(parse_endpoint("http://proxy.example:3128", "HTTPS_PROXY"), field="HTTPS_PROXY")
REFUSED = Trouble(
    "the proxy proxy.example:3128: refuses a tunnel to r.example:443 (403)", "HTTPS_PROXY"
)
SQUIDS = {"server": "squid/6.6", "via": "1.1 edge (squid/6.6)"}


@pytest.mark.parametrize(
    ("url", "knocked", "verdict", "seen"),
    [
        (
            "https://r.example/",
            Response(407, {}, b""),
            Verdict.FAILED,
            "the operator's credentials (407)",
        ),
        ("https://r.example/", UnreachableError(REFUSED), Verdict.FAILED, "refuses a tunnel to"),
        ("http://r.example/", Response(503, SQUIDS, b""), Verdict.FAILED, "instead of r.example"),
        (
            "http://r.example/",
            Response(407, {}, b""),
            Verdict.FAILED,
            "the operator's credentials (407)",
        ),
        ("http://r.example/", Response(404, {}, b""), Verdict.OK, "forwards requests"),
    ],
    ids=["407 to CONNECT", "no tunnel", "own answer", "407", "passed on"],
)
def test_a_proxy_is_told_by_what_it_does(
    url: str, knocked: Knocked, verdict: Verdict, seen: str
) -> None:
    context = WatchedContext(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))

    line = proxy_line(parse_endpoint(url, "spec.endpoint"), Route(proxy=PROXY), knocked, context)

    assert line.verdict is verdict
    assert seen in line.seen


def test_without_a_proxy_there_is_none() -> None:
    context = WatchedContext(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    endpoint = parse_endpoint("https://r.example/", "spec.endpoint")

    assert proxy_line(endpoint, Route(), Response(200, {}, b""), context).seen == "none"
