"""Who is named when there is no answer: DNS, proxy, TLS, receiver, token server."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager

import pytest

from microshift_telemetry.sending.connection import Connection, UnreachableError
from microshift_telemetry.sending.proxies import Proxy, environment_proxies
from microshift_telemetry.sending.route import RECEIVER, Peer, Route, TlsSettings
from microshift_telemetry.spec.endpoint import parse_endpoint
from tests.support.certificates import Authority
from tests.support.fault_receiver import Fault, FaultReceiver, always
from tests.support.forward_proxy import ForwardProxy
from tests.support.process import free_port

TOKEN_SERVER = Peer("the token server", "spec.tokenUrl", "spec.tokenTls")


@pytest.fixture(scope="module")
def proxys_authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("proxys-authority"))


@pytest.fixture(scope="module")
def tls_proxy(
    tmp_path_factory: pytest.TempPathFactory, proxys_authority: Authority
) -> Iterator[ForwardProxy]:
    pair = proxys_authority.issue("proxy", hosts=["127.0.0.1"])
    with ForwardProxy(tmp_path_factory.mktemp("tls-proxy"), pair=pair) as proxy:
        yield proxy


def a_proxy(url: str) -> Proxy:
    return Proxy(parse_endpoint(url, ""))


async def said(url: str, route: Route) -> tuple[str, str]:
    """Fail to get an answer; give what failed, and what to check."""
    with pytest.raises(UnreachableError) as caught:
        async with aclosing(Connection(parse_endpoint(url, ""), route)) as connection:
            await connection.post(b"body", {}, 100)
    assert caught.value.__cause__ is caught.value.__context__ is None
    return str(caught.value), caught.value.advice


@pytest.mark.parametrize("peer", [RECEIVER, TOKEN_SERVER], ids=["receiver", "token-server"])
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_name_that_is_not_known_is_the_name_servers(scheme: str, peer: Peer) -> None:
    assert await said(f"{scheme}://server.invalid/x", Route(peer=peer)) == (
        "DNS: host name not found: server.invalid",
        f"check the host in {peer.url_field}",
    )


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_whose_name_is_not_known_is_named_by_its_field(scheme: str) -> None:
    """The receiver's name is looked up by the proxy alone."""
    proxies = environment_proxies("http://proxy.invalid:3128", "http://proxy.invalid:3128", "")
    endpoint = parse_endpoint(f"{scheme}://server.invalid/x", "")

    assert await said(endpoint.url, Route(proxy=proxies.for_endpoint(endpoint))) == (
        "DNS: host name not found: proxy.invalid",
        f"check the host in {scheme.upper()}_PROXY",
    )


@pytest.mark.parametrize(
    ("code", "said", "advice", "is_without_dns"),
    [
        (socket.EAI_NONAME, "host name not found", "check the host in spec.endpoint", False),
        (socket.EAI_NODATA, "host name not found", "check the host in spec.endpoint", False),
        (socket.EAI_AGAIN, "no name server answers", "check the device's DNS", True),
        (socket.EAI_FAIL, "no name server answers", "check the device's DNS", True),
        (socket.EAI_MEMORY, "host name lookup failed", "check the device's DNS", False),
        (socket.EAI_SYSTEM, "host name lookup failed", "check the device's DNS", False),
    ],
)
async def test_a_name_server_that_knows_no_such_name_is_there(
    monkeypatch: pytest.MonkeyPatch, code: int, said: str, advice: str, *, is_without_dns: bool
) -> None:
    async def lookup(*_: object, **__: object) -> None:
        raise socket.gaierror(code, "as libc says it")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", lookup)
    with pytest.raises(UnreachableError) as caught:
        await _post("http://server.example/x")

    assert (str(caught.value), caught.value.advice) == (f"DNS: {said}: server.example", advice)
    assert caught.value.is_without_dns is is_without_dns


async def test_name_servers_that_are_silent_are_named_before_the_receiver_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def lookup(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", lookup)
    monkeypatch.setattr("microshift_telemetry.http_client.RESOLVE_SECONDS", 0.05)
    with pytest.raises(UnreachableError, match="DNS: no name server answers") as caught:
        await _post("http://server.example/x")

    assert caught.value.is_without_dns


async def _post(url: str) -> None:
    async with aclosing(Connection(parse_endpoint(url, ""), Route())) as connection:
        await connection.post(b"body", {}, 100)


@pytest.mark.parametrize("peer", [RECEIVER, TOKEN_SERVER], ids=["receiver", "token-server"])
async def test_a_server_that_does_not_listen_is_named_by_its_part(peer: Peer) -> None:
    address = f"127.0.0.1:{free_port()}"

    assert await said(f"https://{address}", Route(peer=peer)) == (
        f"{peer.name} {address}: connection refused",
        f"check {peer.url_field} and the network",
    )


@pytest.mark.parametrize("peer", [RECEIVER, TOKEN_SERVER], ids=["receiver", "token-server"])
@pytest.mark.parametrize("is_proxied", [False, True], ids=["straight", "through-a-proxy"])
async def test_a_certificate_that_is_not_accepted_is_said_of_tls_with_the_server(
    authority: Authority, open_proxy: ForwardProxy, peer: Peer, *, is_proxied: bool
) -> None:
    route = Route(peer=peer, proxy=a_proxy(open_proxy.url) if is_proxied else None)
    with FaultReceiver(authority=authority) as server:
        text, advice = await said(server.url, route)

    assert text.startswith(
        f"TLS with {peer.name} {server.address}: certificate verification failed: "
    )
    assert advice == f"set {peer.tls_field}.ca to the CA that issued the certificate"


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_that_does_not_listen_is_named(scheme: str) -> None:
    address = f"127.0.0.1:{free_port()}"

    assert await said(f"{scheme}://server.example", Route(proxy=a_proxy(f"http://{address}"))) == (
        f"the proxy {address}: connection refused",
        "check spec.proxyUrl",
    )


@pytest.mark.parametrize("fault", [Fault.CLOSE, Fault.RESET])
async def test_a_proxy_that_hangs_up_on_connect_is_named(fault: Fault) -> None:
    with FaultReceiver(always(fault)) as proxy:
        text, advice = await said("https://server.example", Route(proxy=a_proxy(proxy.url)))

    assert (text, advice) == (
        f"the proxy {proxy.address}: the connection was lost",
        "check spec.proxyUrl",
    )


async def test_who_hangs_up_on_a_request_in_the_open_may_be_either() -> None:
    with FaultReceiver(always(Fault.CLOSE)) as proxy:
        text, advice = await said("http://server.example", Route(proxy=a_proxy(proxy.url)))

    between = f"the receiver server.example:80, or the proxy {proxy.address} before it"
    assert text == f"{between}: the connection was lost"
    assert advice == "check spec.proxyUrl, spec.endpoint and the network"


async def test_a_proxy_that_finds_no_way_says_to_whom(open_proxy: ForwardProxy) -> None:
    address = f"127.0.0.1:{free_port()}"

    assert await said(f"https://{address}", Route(proxy=a_proxy(open_proxy.url))) == (
        f"the proxy {open_proxy.url.removeprefix('http://')}: refuses a tunnel to {address} (502)",
        f"allow {address} in the proxy that spec.proxyUrl names",
    )


@pytest.mark.parametrize("way", ["its-own-ca", "insecure"])
@pytest.mark.parametrize("is_encrypted", [True, False], ids=["https", "http"])
async def test_no_tls_config_of_the_spec_makes_us_trust_a_proxy(
    tls_proxy: ForwardProxy,
    proxys_authority: Authority,
    way: str,
    *,
    is_encrypted: bool,
) -> None:
    """The proxy's own CA is in `tlsConfig.ca`, or nothing is to be checked at all."""
    ca = proxys_authority.ca_file.read_bytes()
    tls = TlsSettings(ca=ca) if way == "its-own-ca" else TlsSettings(is_verified=False)
    route = Route(tls.context(), proxy=a_proxy(tls_proxy.url))
    with FaultReceiver(authority=proxys_authority if is_encrypted else None) as receiver:
        text, advice = await said(receiver.url, route)

    proxy = tls_proxy.url.removeprefix("https://")
    assert text.startswith(f"the proxy {proxy}: certificate verification failed: ")
    assert advice.startswith("use a certificate that the system's root CAs trust")
    assert receiver.requests == []


THROUGH_A_TRUSTED_PROXY = """
import asyncio, sys
from contextlib import aclosing
from pathlib import Path
from microshift_telemetry.sending.connection import Connection
from microshift_telemetry.sending.proxies import Proxy
from microshift_telemetry.sending.route import Route, TlsSettings
from microshift_telemetry.spec.endpoint import parse_endpoint

async def main(url, proxy, ca, certificate, key):
    shown = [Path(certificate).read_bytes(), Path(key).read_bytes()]
    tls = TlsSettings(Path(ca).read_bytes(), *shown).context()
    route = Route(tls, proxy=Proxy(parse_endpoint(proxy, "")))
    async with aclosing(Connection(parse_endpoint(url, ""), route)) as connection:
        print((await connection.post(b"body", {}, 100)).status_code)

asyncio.run(main(*sys.argv[1:]))
"""


def test_a_proxy_under_the_systems_roots_and_a_receiver_under_the_specs_ca_go_together(
    tls_proxy: ForwardProxy, proxys_authority: Authority, authority: Authority
) -> None:
    """TLS within TLS; what the process takes for the system's roots are the proxy's here."""
    client = authority.issue("client")
    with FaultReceiver(authority=authority, asks_for_certificate=True) as receiver:
        shown = [str(client.certificate), str(client.key)]
        done = subprocess.run(
            [
                *(sys.executable, "-c", THROUGH_A_TRUSTED_PROXY, receiver.url, tls_proxy.url),
                *(str(authority.ca_file), *shown),
            ],
            env={"SSL_CERT_FILE": str(proxys_authority.ca_file), "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    assert (done.stdout, done.returncode) == ("204\n", 0), done.stderr
    assert len(receiver.requests) == 1


async def test_the_final_dot_of_a_host_is_in_no_certificate(authority: Authority) -> None:
    tls = TlsSettings(ca=authority.ca_file.read_bytes()).context()
    with FaultReceiver(authority=authority) as receiver:
        async with tunnel_to(receiver.port) as proxy:
            endpoint = parse_endpoint(f"https://localhost.:{receiver.port}/", "")
            route = Route(tls, proxy=a_proxy(proxy))
            async with aclosing(Connection(endpoint, route)) as connection:
                assert (await connection.post(b"body", {}, 100)).status_code == 204


@asynccontextmanager
async def tunnel_to(port: int) -> AsyncIterator[str]:
    """Be a proxy that leads to one port of this machine, whoever is asked for; give its URL."""

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(4096):
            writer.write(data)
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        there = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(copy(reader, there[1]), copy(there[0], writer))

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
