"""The way through a proxy: a real one, open and with a password."""

from collections.abc import Iterator
from contextlib import aclosing

import pytest

from microshift_telemetry.sending.connection import Connection
from microshift_telemetry.sending.credentials import basic_authorization
from microshift_telemetry.sending.proxies import Proxy
from microshift_telemetry.sending.raw_answer import Response
from microshift_telemetry.sending.receiver import Receiver
from microshift_telemetry.sending.route import Route, TlsSettings
from microshift_telemetry.spec.endpoint import parse_endpoint
from tests.support.certificates import Authority
from tests.support.fault_receiver import Answer as Reply
from tests.support.fault_receiver import FaultReceiver, always
from tests.support.forward_proxy import ForwardProxy
from tests.support.waiting import wait_for

USER, PASSWORD = "device", "hunter2"


@pytest.fixture(scope="module")
def closed_proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForwardProxy]:
    with ForwardProxy(tmp_path_factory.mktemp("proxy"), USER, PASSWORD) as proxy:
        yield proxy


@pytest.fixture(params=["plain", "tls"])
def receiver(request: pytest.FixtureRequest, authority: Authority) -> Iterator[FaultReceiver]:
    with FaultReceiver(authority=authority if request.param == "tls" else None) as receiver:
        yield receiver


async def post(url: str, proxy_url: str, authority: Authority, password: str = "") -> Response:
    user = (USER.encode(), password.encode(), "the user", "the password")
    proxy = Proxy(parse_endpoint(proxy_url, ""), basic_authorization(*user) if password else None)
    route = Route(TlsSettings(ca=authority.ca_file.read_bytes()).context(), proxy=proxy)
    async with aclosing(Connection(parse_endpoint(url, ""), route)) as connection:
        return await connection.post(b"body", {"X-Own": "yes"}, 100)


async def test_a_receiver_is_reached_through_an_open_proxy(
    receiver: FaultReceiver, open_proxy: ForwardProxy, authority: Authority
) -> None:
    assert (await post(receiver.url, open_proxy.url, authority)).status_code == 204

    [request] = receiver.requests
    assert request.body == b"body"
    assert request.headers["x-own"] == "yes"
    address = receiver.url.rpartition("/")[2]
    wait_for("the proxy to log it", lambda: address in open_proxy.log(), 10)


@pytest.mark.parametrize("is_proxied", [False, True], ids=["straight", "through-a-proxy"])
@pytest.mark.parametrize(
    "target",
    [
        *("/tenants/a%3Ab/write", "/tenants/a:b/write", "/a%2fb%2Fc", "/a/../b", "/a/./b//c/"),
        *(
            "/%7euser/~user/%41",
            "/?x=%3a&y=a+b%20c&z=%2B&&",
            "/write?tenant=a/../b;c&path=/%2e%2e/",
        ),
        "/a[1]|{b}^`<c>\"d\\'",
    ],
)
async def test_a_url_goes_out_as_it_is_written(
    receiver: FaultReceiver,
    open_proxy: ForwardProxy,
    authority: Authority,
    target: str,
    *,
    is_proxied: bool,
) -> None:
    url = f"{receiver.url}{target}"
    route = Route(
        TlsSettings(ca=authority.ca_file.read_bytes()).context(),
        proxy=Proxy(parse_endpoint(open_proxy.url, "")) if is_proxied else None,
    )
    async with aclosing(Connection(parse_endpoint(url, ""), route)) as connection:
        await connection.post(b"body", {}, 100)

    [request] = receiver.requests
    assert request.target == target


async def test_the_proxy_alone_learns_its_password(
    receiver: FaultReceiver, closed_proxy: ForwardProxy, authority: Authority
) -> None:
    response = await post(receiver.url, closed_proxy.url, authority, PASSWORD)

    assert response.status_code == 204
    assert "proxy-authorization" not in receiver.requests[0].headers


@pytest.mark.parametrize(
    "said",
    [
        "Proxy-Authorization: Basic ZGV2aWNlOmh1bnRlcjI=",
        "ZGV2aWNlOmh1bnRlcjI",
        "device:hunter2",
        "hunter2",
    ],
    ids=["header", "base64", "pair", "password"],
)
async def test_no_answer_on_the_way_quotes_the_password_of_the_proxy(said: str) -> None:
    """Without TLS to the receiver, the proxy itself may answer, and it knows the whole request."""
    credential = basic_authorization(USER.encode(), PASSWORD.encode(), "", "")
    with FaultReceiver(always(Reply(403, f"refused {said}".encode()))) as answering:
        proxy = Proxy(parse_endpoint(answering.url, ""), credential)
        connection = Connection(parse_endpoint("http://a.example/", ""), Route(proxy=proxy))
        async with aclosing(Receiver(connection, {})) as receiver:
            answer = await receiver.post(b"body")

    [request] = answering.requests
    assert request.headers["proxy-authorization"] == credential.reveal()
    assert (answer.status_code, answer.excerpt.split()[0]) == (403, "refused")
    assert answer.excerpt.endswith("(our credentials)")
    assert PASSWORD not in answer.excerpt
    assert "ZGV2aWNl" not in answer.excerpt


@pytest.mark.parametrize("password", ["", "wrong"], ids=["none", "a-wrong-one"])
async def test_a_proxy_that_does_not_accept_us_is_an_answer(
    receiver: FaultReceiver, closed_proxy: ForwardProxy, authority: Authority, password: str
) -> None:
    response = await post(receiver.url, closed_proxy.url, authority, password)

    assert response.status_code == 407
    assert receiver.requests == []
