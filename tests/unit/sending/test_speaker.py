"""Who has written an answer that came through a proxy."""

from collections.abc import Iterator, Mapping
from contextlib import aclosing

import pytest

from microshift_telemetry.sending.answer import Answer
from microshift_telemetry.sending.connection import Connection
from microshift_telemetry.sending.proxies import Proxy
from microshift_telemetry.sending.receiver import Receiver
from microshift_telemetry.sending.route import Route
from microshift_telemetry.sending.speaker import Speaker, speaker_of
from microshift_telemetry.spec.endpoint import parse_endpoint
from tests.support.fault_receiver import Answer as Reply
from tests.support.fault_receiver import FaultReceiver, always
from tests.support.forward_proxy import ForwardProxy
from tests.support.process import free_port

SQUID = {"server": "squid/6.6", "via": "1.1 edge (squid/6.6)"}


@pytest.mark.parametrize(
    ("status", "headers", "speaker"),
    [
        pytest.param(403, {}, Speaker.EITHER, id="nothing-told"),
        pytest.param(403, {"server": "nginx"}, Speaker.EITHER, id="a-server-of-either"),
        pytest.param(403, {"via": "1.1 edge"}, Speaker.EITHER, id="passed-on-or-not"),
        pytest.param(407, {}, Speaker.PROXY, id="407"),
        pytest.param(401, {"proxy-authenticate": "Basic"}, Speaker.PROXY, id="wants-our-password"),
        pytest.param(403, SQUID, Speaker.PROXY, id="squids-own"),
        pytest.param(403, SQUID | {"server": "nginx"}, Speaker.RECEIVER, id="passed-on-by-squid"),
        pytest.param(503, {"x-squid-error": "ERR_DNS_FAIL 0"}, Speaker.PROXY, id="squid-error"),
        pytest.param(403, {"proxy-agent": "Privoxy 3.0.34"}, Speaker.PROXY, id="proxy-agent"),
        pytest.param(403, {"server": "tinyproxy/1.11.1"}, Speaker.PROXY, id="tinyproxys-own"),
        pytest.param(
            403,
            {"server": "McAfee Web Gateway 7.8", "via": "1.1 gw (McAfee Web Gateway 7.8)"},
            Speaker.PROXY,
            id="a-gateway-by-its-own-name",
        ),
        pytest.param(
            502,
            {"proxy-status": "edge; error=connection_refused"},
            Speaker.PROXY,
            id="proxy-status-with-an-error",
        ),
        pytest.param(
            403, {"proxy-status": "edge; received-status=403"}, Speaker.RECEIVER, id="passed-on"
        ),
    ],
)
def test_a_proxy_is_known_by_what_it_says_of_itself(
    status: int, headers: Mapping[str, str], speaker: Speaker
) -> None:
    assert speaker_of(status, headers, is_read_by_proxy=True) is speaker


@pytest.mark.parametrize("headers", [SQUID, {"proxy-status": "cdn; error=dns_error"}, {}])
def test_where_no_proxy_can_answer_it_is_the_receiver(headers: Mapping[str, str]) -> None:
    """One before the receiver is the receiver's own."""
    assert speaker_of(403, headers, is_read_by_proxy=False) is Speaker.RECEIVER


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForwardProxy]:
    with ForwardProxy(tmp_path_factory.mktemp("proxy")) as proxy:
        yield proxy


async def answer(url: str, proxy: ForwardProxy | None) -> Answer:
    way = None if proxy is None else Proxy(parse_endpoint(proxy.url, ""))
    connection = Connection(parse_endpoint(url, ""), Route(proxy=way))
    async with aclosing(Receiver(connection, {})) as receiver:
        return await receiver.post(b"body")


async def test_a_refusal_through_a_real_proxy_may_be_eithers(proxy: ForwardProxy) -> None:
    with FaultReceiver(always(Reply(403))) as receiver:
        assert (await answer(receiver.url, proxy)).speaker is Speaker.EITHER
        assert (await answer(receiver.url, None)).speaker is Speaker.RECEIVER


async def test_what_a_real_proxy_answers_itself_is_its_own(proxy: ForwardProxy) -> None:
    said = await answer(f"http://127.0.0.1:{free_port()}/", proxy)

    assert (said.status_code, said.speaker) == (502, Speaker.PROXY)
