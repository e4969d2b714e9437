"""What to do about TLS that fails: a field is named only where it applies to that server alone."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import pytest
from aiohttp import ClientConnectorCertificateError
from aiohttp.client_reqrep import ConnectionKey

from microshift_telemetry.controller.connecting import GATEWAY, TOKEN_SERVER
from microshift_telemetry.sending.connection import Connection, UnreachableError
from microshift_telemetry.sending.hops import trouble_of
from microshift_telemetry.sending.proxies import Proxy
from microshift_telemetry.sending.route import RECEIVER, Peer, Route, TlsSettings
from microshift_telemetry.spec.endpoint import parse_endpoint
from tests.support.certificates import Authority
from tests.unit.sending.test_client_certificate import doorkeeper

ENDPOINT = parse_endpoint("https://server.example/x", "")
KEY = ConnectionKey(
    "server.example",
    443,
    is_ssl=True,
    ssl=True,
    proxy=None,
    proxy_auth=None,
    proxy_headers_hash=None,
)

GATEWAY_URL = "spec.lifecycle.pushgatewayUrl"
NO_FIELD = "spec.tlsConfig does not apply to"
TOKEN_TLS = "spec.authorization.oauth2.tlsConfig"
PROXY = Proxy(parse_endpoint("https://server.example", ""), field="HTTPS_PROXY")

PEERS = {
    "receiver": Route(peer=RECEIVER),
    "token-server": Route(peer=TOKEN_SERVER),
    "gateway": Route(peer=GATEWAY),
    "proxy": Route(proxy=PROXY, peer=GATEWAY),
}
TRUSTED_BY_ALL = "use a certificate that the system's root CAs trust"
UNTRUSTED = {
    "receiver": "set spec.tlsConfig.ca to the CA that issued the certificate",
    "token-server": f"set {TOKEN_TLS}.ca to the CA that issued the certificate",
    "gateway": f"{TRUSTED_BY_ALL}; {NO_FIELD} the gateway",
    "proxy": f"{TRUSTED_BY_ALL}; {NO_FIELD} the proxy",
}
MISNAMED = {
    "receiver": "set spec.tlsConfig.serverName to a name in the certificate",
    "token-server": f"set {TOKEN_TLS}.serverName to a name in the certificate",
    "gateway": f"use a certificate for the host in {GATEWAY_URL}; {NO_FIELD} the gateway",
    "proxy": f"use a certificate for the host in HTTPS_PROXY; {NO_FIELD} the proxy",
}


def advice(verify_code: int, route: Route) -> str:
    why = ssl.SSLCertVerificationError("certificate verify failed")
    why.reason, why.verify_code = "CERTIFICATE_VERIFY_FAILED", verify_code
    error = ClientConnectorCertificateError(KEY, why)
    error.__cause__ = why
    return trouble_of(error, ENDPOINT.origin, route, has_begun=False).advice


@pytest.mark.parametrize("peer", PEERS)
@pytest.mark.parametrize("code", [2, 18, 19, 20, 21])
def test_an_issuer_that_is_not_trusted(peer: str, code: int) -> None:
    assert advice(code, PEERS[peer]) == UNTRUSTED[peer]


@pytest.mark.parametrize("peer", PEERS)
@pytest.mark.parametrize("code", [62, 64])
def test_a_certificate_for_another_name(peer: str, code: int) -> None:
    assert advice(code, PEERS[peer]) == MISNAMED[peer]


@pytest.mark.parametrize("peer", PEERS)
@pytest.mark.parametrize("code", [9, 10])
def test_a_certificate_out_of_its_time(peer: str, code: int) -> None:
    renew = "renew the certificate, or correct the device's clock if that is wrong"
    assert advice(code, PEERS[peer]) == renew


@pytest.mark.parametrize("peer", PEERS)
def test_a_certificate_with_another_fault(peer: str) -> None:
    assert advice(26, PEERS[peer]) == f"replace the certificate of the {peer.replace('-', ' ')}"


async def said(url: str, route: Route) -> tuple[str, str]:
    with pytest.raises(UnreachableError) as caught:
        async with aclosing(Connection(parse_endpoint(url, ""), route)) as connection:
            await connection.post(b"body", {}, 100)
    return str(caught.value), caught.value.advice


@asynccontextmanager
async def without_tls() -> AsyncIterator[str]:
    """Answer whoever comes in plain HTTP; give the address."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize("peer", [RECEIVER, TOKEN_SERVER, GATEWAY], ids=lambda peer: peer.name)
async def test_a_port_that_speaks_no_tls(peer: Peer) -> None:
    async with without_tls() as address:
        text, remedy = await said(f"https://{address}", Route(peer=peer))

    assert text == f"TLS with {peer.name} {address}: TLS handshake failed"
    assert remedy == f"check that {peer.url_field} names a TLS port"


async def test_a_proxy_whose_port_speaks_no_tls() -> None:
    async with without_tls() as address:
        way = Proxy(parse_endpoint(f"https://{address}", ""), field="HTTPS_PROXY")
        text, remedy = await said("https://server.example", Route(proxy=way))

    assert text == f"the proxy {address}: TLS handshake failed"
    assert remedy == "check that HTTPS_PROXY names a TLS port"


@pytest.mark.parametrize(
    ("peer", "said_of", "advised"),
    [
        pytest.param(
            GATEWAY,
            "it requires a client certificate, which the gateway never gets",
            f"set {GATEWAY_URL} to a server that requires none",
            id="gateway",
        ),
        pytest.param(
            TOKEN_SERVER,
            "the server requires a client certificate and none is configured",
            f"set {TOKEN_TLS}.cert and {TOKEN_TLS}.keySecret",
            id="token server",
        ),
    ],
)
async def test_a_server_that_wants_a_certificate_of_ours(
    authority: Authority, peer: Peer, said_of: str, advised: str
) -> None:
    tls = TlsSettings(authority.ca_file.read_bytes()).context()
    with doorkeeper(authority, ssl.TLSVersion.TLSv1_3) as url:
        text, remedy = await said(url, Route(tls, peer=peer))

    assert text.partition(": ")[2] == f"{said_of} (certificate required)"
    assert remedy == advised


async def test_a_certificate_that_a_token_server_rejects_is_named_by_the_field_it_is_from(
    authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stranger = Authority(tmp_path_factory.mktemp("stranger"), "stranger").issue("device")
    shown = stranger.certificate.read_bytes(), stranger.key.read_bytes()
    tls = TlsSettings(authority.ca_file.read_bytes(), *shown).context()
    with doorkeeper(authority, ssl.TLSVersion.TLSv1_3) as url:
        _, remedy = await said(url, Route(tls, peer=TOKEN_SERVER, has_certificate=True))

    assert remedy == "correct spec.tlsConfig.cert and spec.tlsConfig.keySecret"
