"""What a gateway gets over the wire, and what its answers do."""

from contextlib import aclosing

import pytest

from microshift_telemetry.clock import SystemClock
from microshift_telemetry.controller.cluster import Cluster
from microshift_telemetry.controller.connecting import Connector, SendingRules
from microshift_telemetry.controller.pushes import refusal_in
from microshift_telemetry.report.push import HEADERS, push_endpoint
from microshift_telemetry.sending.connection import Connection
from microshift_telemetry.sending.credentials import basic_authorization
from microshift_telemetry.sending.proxies import EnvironmentProxies, Proxy
from microshift_telemetry.sending.raw_answer import Response
from microshift_telemetry.settings import Settings
from microshift_telemetry.spec.endpoint import parse_endpoint
from tests.models.captive_portal import PAGE
from tests.support.fake_kube import FakeKube
from tests.support.fakes import FakeHost
from tests.support.fault_receiver import Answer, FaultReceiver, always

A_PAGE = "a web page answers in place of the gateway (200)"
BODY = b"microshift_lifecycle_modification{} 1\n"


def connection_to(url: str, proxies: EnvironmentProxies | None = None) -> Connection:
    cluster = Cluster(FakeKube(), FakeHost(), Settings())
    rules = SendingRules(proxies=proxies or EnvironmentProxies())
    connector = Connector(cluster, cluster.lookup, rules, SystemClock())
    return connector.connect_gateway(push_endpoint(parse_endpoint(url, "")))


@pytest.mark.parametrize("path", ["", "/", "/base", "/base/"])
async def test_a_push_has_these_headers_and_no_other(path: str) -> None:
    with FaultReceiver(always(Answer(200))) as gateway:
        origin = gateway.url.partition("/api")[0].rstrip("/")
        async with aclosing(connection_to(origin + path)) as connection:
            answer = await connection.post(BODY, HEADERS, 0)

    [request] = gateway.requests
    assert answer.status_code == 200
    assert (request.method, request.body) == ("POST", BODY)
    assert request.target == f"{path.rstrip('/')}/metrics/job/microshift_telemetry"
    headers = dict(request.headers)
    assert headers.pop("host") == origin.partition("//")[2]
    assert headers == {
        "accept": "*/*",
        "accept-encoding": "identity",
        "content-length": str(len(BODY)),
        "content-type": "text/plain; version=0.0.4; charset=utf-8",
        "user-agent": "microshift-telemetry",
    }


async def test_a_redirect_is_not_followed() -> None:
    with FaultReceiver() as elsewhere:
        moved = Answer(307, headers={"Location": elsewhere.url})
        with FaultReceiver(always(moved)) as gateway:
            async with aclosing(connection_to(gateway.url)) as connection:
                answer = await connection.post(BODY, HEADERS, 0)

        assert answer.status_code == 307
        assert elsewhere.requests == []


@pytest.mark.parametrize(
    ("status_code", "headers", "body", "is_read_by_proxy", "said"),
    [
        (200, {}, b"", False, ""),
        (202, {"content-type": "text/plain"}, b"ok", True, ""),
        (200, {"content-type": "text/html; charset=utf-8"}, b"", False, A_PAGE),
        (200, {}, PAGE, False, A_PAGE),
        (503, {"content-type": "text/html"}, PAGE, False, "the gateway answered 503"),
        (407, {}, b"", False, "the proxy answered 407"),
        (403, {"x-squid-error": "ERR_ACCESS_DENIED 0"}, b"", True, "the proxy answered 403"),
        (403, {"server": "Gateway", "via": "1.1 squid"}, b"", True, "the gateway answered 403"),
        (403, {}, b"", True, "the gateway or the proxy answered 403"),
    ],
)
def test_who_has_not_taken_a_push_is_named(
    status_code: int,
    headers: dict[str, str],
    body: bytes,
    is_read_by_proxy: bool,  # noqa: FBT001  # a case
    said: str,
) -> None:
    answer = Response(status_code, headers, body)

    assert refusal_in(answer, is_read_by_proxy=is_read_by_proxy) == said


async def test_the_proxy_of_the_environment_is_used_and_alone_gets_its_password() -> None:
    user = basic_authorization(b"device", b"hunter2", "the user", "the password")
    with FaultReceiver(always(Answer(200))) as proxy:
        way = Proxy(parse_endpoint(proxy.url, ""), user, "HTTP_PROXY")
        async with aclosing(
            connection_to("http://gateway.example", EnvironmentProxies(http=way))
        ) as connection:
            await connection.post(BODY, HEADERS, 0)

    [request] = proxy.requests
    assert request.target == "http://gateway.example/metrics/job/microshift_telemetry"
    assert "proxy-authorization" in request.headers
    assert "authorization" not in request.headers
