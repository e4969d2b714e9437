"""A token server is reached by TLS settings of its own, or by the receiver's."""

import base64
from collections.abc import Iterator, Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from microshift_telemetry.clock import SystemClock
from microshift_telemetry.controller.cluster import Cluster
from microshift_telemetry.controller.connecting import Connector, SendingRules
from microshift_telemetry.controller.findings import not_sent, with_risk
from microshift_telemetry.controller.lookup import Lookup
from microshift_telemetry.sending.answer import Answer
from microshift_telemetry.sending.connection import UnreachableError
from microshift_telemetry.sending.oauth2 import TokenRequest
from microshift_telemetry.sending.proxies import Proxy
from microshift_telemetry.sending.route import Route, TlsConfigError
from microshift_telemetry.sending.tokens import TokenError, Tokens
from microshift_telemetry.settings import Settings
from microshift_telemetry.spec.endpoint import parse_endpoint
from microshift_telemetry.status.conditions import Finding
from microshift_telemetry.status.reasons import ReportingReason
from tests.support.certificates import Authority
from tests.support.fake_kube import FakeKube
from tests.support.fakes import FakeHost
from tests.support.fault_receiver import Answer as Reply
from tests.support.fault_receiver import FaultReceiver, always
from tests.support.forward_proxy import ForwardProxy
from tests.unit.controller.promises import TOKEN_PROXY, promised
from tests.unit.factories import an_effective

PATH = "/api/v1/namespaces/telemetry"
TOKEN = b'{"access_token": "token-1", "token_type": "Bearer"}'


def ca(name: str) -> Mapping[str, Any]:
    return {"configMap": {"name": name, "key": "ca.crt"}}


@pytest.fixture(scope="module")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Authority]:
    return {name: Authority(tmp_path_factory.mktemp(name)) for name in ("receiver-ca", "token-ca")}


@pytest.fixture
def receiver(authorities: Mapping[str, Authority]) -> Iterator[FaultReceiver]:
    with FaultReceiver(authority=authorities["receiver-ca"]) as receiver:
        yield receiver


@pytest.fixture
def token_server(authorities: Mapping[str, Authority]) -> Iterator[FaultReceiver]:
    with FaultReceiver(always(Reply(200, TOKEN)), authority=authorities["token-ca"]) as server:
        yield server


def a_spec(
    receiver: FaultReceiver, token_server: FaultReceiver, tls: Mapping[str, Any] | None
) -> Mapping[str, Any]:
    """A receiver whose CA is its own; `tls` is what the spec says of the token server's."""
    key = {"name": "client", "key": "value"}
    oauth2 = {"clientId": {"secret": key}, "clientSecret": key, "tokenUrl": token_server.url}
    return {
        "endpoint": receiver.url,
        "tlsConfig": {"ca": ca("receiver-ca")},
        "authorization": {
            "type": "OAuth2",
            "oauth2": oauth2 if tls is None else {**oauth2, "tlsConfig": tls},
        },
    }


async def post(spec: Mapping[str, Any], authorities: Mapping[str, Authority]) -> Answer:
    kube = FakeKube()
    value = base64.b64encode(b"device").decode()
    kube.objects[f"{PATH}/secrets/client"] = {"data": {"value": value}}
    kube.objects[f"{PATH}/configmaps/nonsense"] = {"data": {"ca.crt": "nonsense"}}
    for name, authority in authorities.items():
        kube.objects[f"{PATH}/configmaps/{name}"] = {
            "data": {"ca.crt": authority.ca_file.read_text()}
        }
    cluster = Cluster(kube, FakeHost(), Settings())
    connector = Connector(cluster, Lookup(kube, "telemetry"), SendingRules(), SystemClock())
    async with aclosing(await connector.connect(an_effective(**spec).destination)) as connected:
        return await connected.post(b"body")


@pytest.mark.parametrize(
    "tls",
    [
        pytest.param({"ca": ca("token-ca")}, id="its-ca"),
        pytest.param({"ca": ca("token-ca"), "serverName": "localhost"}, id="its-name"),
        pytest.param({"insecureSkipVerify": True}, id="unverified"),
    ],
)
async def test_a_token_server_of_another_authority_gives_its_token(
    receiver: FaultReceiver,
    token_server: FaultReceiver,
    authorities: Mapping[str, Authority],
    tls: Mapping[str, Any],
) -> None:
    assert await post(a_spec(receiver, token_server, tls), authorities) == Answer(204)

    assert receiver.requests[0].headers["authorization"] == "Bearer token-1"


@pytest.mark.parametrize(
    "tls",
    [
        pytest.param(None, id="the-receivers"),
        pytest.param({}, id="the-systems-roots"),
        pytest.param({"ca": ca("receiver-ca")}, id="another-ca"),
        pytest.param({"ca": ca("token-ca"), "serverName": "other"}, id="another-name"),
    ],
)
async def test_a_token_server_that_does_not_prove_who_it_is_gets_nothing(
    receiver: FaultReceiver,
    token_server: FaultReceiver,
    authorities: Mapping[str, Authority],
    tls: Mapping[str, Any] | None,
) -> None:
    with pytest.raises(UnreachableError, match="certificate"):
        await post(a_spec(receiver, token_server, tls), authorities)

    assert token_server.requests == receiver.requests == []


async def test_a_ca_of_a_token_server_that_is_none_is_named_by_its_field(
    receiver: FaultReceiver, token_server: FaultReceiver, authorities: Mapping[str, Authority]
) -> None:
    spec = a_spec(receiver, token_server, {"ca": ca("nonsense")})

    with pytest.raises(TlsConfigError) as caught:
        await post(spec, authorities)

    found = not_sent(caught.value)
    assert found.reason is ReportingReason.INVALID_SPEC
    assert found.message.startswith("spec.authorization.oauth2.tlsConfig.ca: ")


def test_a_token_server_that_is_not_verified_is_not_forgotten(
    receiver: FaultReceiver, token_server: FaultReceiver
) -> None:
    spec = a_spec(receiver, token_server, {"insecureSkipVerify": True})
    delivered = Finding(ReportingReason.REPORT_DELIVERED, "accepted by the receiver")

    told = with_risk(delivered, an_effective(**spec).destination)

    assert told.message == (
        "accepted by the receiver; the token server's certificate is not verified "
        "(spec.authorization.oauth2.tlsConfig.insecureSkipVerify)"
    )


async def test_a_proxy_that_wants_a_password_is_not_taken_for_the_token_server(
    tmp_path: Path,
) -> None:
    url = parse_endpoint("https://sso.example/token", "")
    with ForwardProxy(tmp_path, "device", "hunter2") as proxy:
        route = Route(proxy=Proxy(parse_endpoint(proxy.url, "")))
        with pytest.raises(TokenError) as caught:
            await Tokens(lambda: 0.0).authorization(TokenRequest(url, "id", "secret"), route)

    found = not_sent(caught.value)

    assert (found.reason, found.message) == promised(TOKEN_PROXY)
