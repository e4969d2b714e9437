"""What a check finds of a push gateway: whether it answers, and it never gets a push."""

import pytest

from microshift_telemetry.check.gateway import gateway_line
from microshift_telemetry.check.line import Line, Verdict
from microshift_telemetry.controller.connecting import GATEWAY
from microshift_telemetry.report.push import push_endpoint
from microshift_telemetry.sending.connection import Connection
from microshift_telemetry.sending.proxies import Proxy
from microshift_telemetry.sending.route import Route
from microshift_telemetry.spec.endpoint import parse_endpoint
from tests.models.captive_portal import LOGIN, PAGE
from tests.support.fault_receiver import Answer, Fault, FaultReceiver, Reply, always
from tests.support.process import free_port

PUSHES = "/metrics/job/microshift_telemetry"
NOT_PUSHED = "; starts of MicroShift are not pushed"


async def line_to(url: str, *, proxy: str = "", seconds: float = 5.0) -> Line:
    gateway = parse_endpoint(url, "spec.lifecycle.pushgatewayUrl")
    way = Proxy(parse_endpoint(proxy, "HTTP_PROXY"), None, "HTTP_PROXY") if proxy else None
    connection = Connection(push_endpoint(gateway), Route(proxy=way, peer=GATEWAY))
    try:
        return await gateway_line(gateway, connection, seconds)
    finally:
        await connection.aclose()


@pytest.mark.parametrize("reply", [Answer(200), Answer(404), Answer(500)])
async def test_who_answers_is_well_and_gets_no_push(reply: Reply) -> None:
    with FaultReceiver(always(reply)) as gateway:
        line = await line_to(gateway.url)

    assert line.verdict is Verdict.OK
    assert line.seen.startswith(f"{gateway.address} answers")
    assert [(each.method, each.target) for each in gateway.requests] == [("GET", PUSHES)]
    assert gateway.requests[0].headers["user-agent"] == "microshift-telemetry"


async def test_nobody_there_is_a_warning_since_samples_arrive_all_the_same() -> None:
    port = free_port()

    line = await line_to(f"http://127.0.0.1:{port}")

    assert line.verdict is Verdict.WARNING
    assert line.seen.endswith(f"connection refused{NOT_PUSHED}")
    assert line.remedy == "check spec.lifecycle.pushgatewayUrl and the network"


async def test_a_gateway_that_is_silent_is_not_waited_for() -> None:
    with FaultReceiver(always(Fault.HANG)) as gateway:
        line = await line_to(gateway.url, seconds=0.2)

    assert line.verdict is Verdict.WARNING
    assert line.seen == f"the gateway {gateway.address}: no answer within 0.2 s{NOT_PUSHED}"
    assert line.remedy == "check spec.lifecycle.pushgatewayUrl and the network"


async def test_a_proxy_that_answers_itself_is_no_gateway() -> None:
    with FaultReceiver(always(Answer(407))) as proxy:
        line = await line_to("http://gateway.example", proxy=proxy.url)

    assert line.verdict is Verdict.WARNING
    assert (
        line.seen
        == f"the proxy answers instead of the gateway gateway.example:80 (407){NOT_PUSHED}"
    )
    assert line.remedy == "configure the proxy to allow requests to gateway.example:80"


@pytest.mark.parametrize(
    "reply", [Answer(200, PAGE), Answer(200, b"Hello", {"Content-Type": "text/html"})]
)
async def test_a_captive_portals_page_is_no_gateway(reply: Reply) -> None:
    with FaultReceiver(always(reply)) as portal:
        line = await line_to(portal.url)

    assert line.verdict is Verdict.WARNING
    assert line.seen == f"GET {portal.url}{PUSHES} returns a web page (200){NOT_PUSHED}"
    assert line.remedy == (
        "if it is the login page of your network, log in there; otherwise correct "
        "spec.lifecycle.pushgatewayUrl"
    )


async def test_a_redirect_is_no_gateway_since_no_push_follows_it() -> None:
    with FaultReceiver(always(Answer(302, headers={"Location": LOGIN}))) as portal:
        line = await line_to(portal.url)

    assert line.verdict is Verdict.WARNING
    assert line.seen == (
        f"GET {portal.url}{PUSHES} is redirected to http://portal.example (302); "
        f"redirects are never followed{NOT_PUSHED}"
    )
    assert line.remedy == "set spec.lifecycle.pushgatewayUrl to the final URL"


async def test_the_page_of_an_error_says_that_somebody_answers() -> None:
    with FaultReceiver(always(Answer(404, PAGE))) as gateway:
        line = await line_to(gateway.url)

    assert line.verdict is Verdict.OK
