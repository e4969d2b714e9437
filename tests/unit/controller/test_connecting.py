"""Credentials are looked up where the spec names them, and only where they may go."""

import base64
from collections.abc import Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from microshift_telemetry.clock import SystemClock
from microshift_telemetry.controller.cluster import Cluster
from microshift_telemetry.controller.connecting import Connector, SendingRules
from microshift_telemetry.controller.lookup import Lookup
from microshift_telemetry.sending.credentials import (
    Credential,
    CredentialsMissingError,
    CredentialsRefusedError,
)
from microshift_telemetry.sending.route import TlsConfigError
from microshift_telemetry.settings import Settings
from tests.support.certificates import Authority
from tests.support.fake_kube import FakeKube
from tests.support.fakes import CLUSTER_ID, FakeHost
from tests.unit.factories import an_effective

HTTPS = "https://receiver.example/api/v1/write"
BEARER = {"type": "Bearer", "bearer": {"credentials": {"name": "receiver", "key": "token"}}}
CA = {"ca": {"configMap": {"name": "receiver-ca", "key": "ca.crt"}}}
SECRET = "/api/v1/namespaces/telemetry/secrets/receiver"
CONFIG_MAP = "/api/v1/namespaces/telemetry/configmaps/receiver-ca"


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _connector(
    objects: Mapping[str, Any] | None = None, namespace: str | None = "telemetry"
) -> Connector:
    kube = FakeKube()
    kube.objects.update(objects or {})
    cluster = Cluster(kube, FakeHost(), Settings())
    rules = SendingRules(Settings().pull_secret_hosts)
    return Connector(cluster, Lookup(kube, namespace), rules, SystemClock())


async def _connect(
    spec: Mapping[str, Any],
    objects: Mapping[str, Any] | None = None,
    namespace: str | None = "telemetry",
) -> Mapping[str, str]:
    """Connect and tell the headers that a request would carry."""
    connector, destination = _connector(objects, namespace), an_effective(**spec).destination
    async with aclosing(await connector.connect(destination)) as receiver:
        return {
            name: value.reveal() if isinstance(value, Credential) else value
            for name, value in receiver._headers.items()
        }


async def test_an_own_endpoint_without_authorization_gets_no_credential() -> None:
    assert "Authorization" not in await _connect({"endpoint": HTTPS})


async def test_the_default_endpoint_gets_the_pull_secret_with_the_cluster_id() -> None:
    header = (await _connect({}))["Authorization"]

    told = base64.b64decode(header.removeprefix("Bearer "), validate=True).decode()
    assert f'"cluster_id": "{CLUSTER_ID}"' in told


async def test_a_bearer_token_comes_from_its_secret() -> None:
    objects = {SECRET: {"data": {"token": _encoded("abc\n")}}}

    headers = await _connect({"endpoint": HTTPS, "authorization": BEARER}, objects)

    assert headers["Authorization"] == "Bearer abc"


@pytest.mark.parametrize(
    "found",
    [
        pytest.param({}, id="no secret"),
        pytest.param({SECRET: {}}, id="no data"),
        pytest.param({SECRET: {"data": {"other": "YQ=="}}}, id="no key"),
        pytest.param({SECRET: {"data": {"token": ""}}}, id="empty"),
        pytest.param({SECRET: {"data": {"token": "%%%"}}}, id="not base64"),
        pytest.param({SECRET: {"data": {"token": _encoded("a\nb")}}}, id="two lines"),
    ],
)
async def test_a_secret_that_cannot_be_used_is_named_and_not_shown(found: dict[str, Any]) -> None:
    with pytest.raises(CredentialsMissingError, match="receiver"):
        await _connect({"endpoint": HTTPS, "authorization": BEARER}, found)


async def test_without_a_namespace_there_is_no_place_to_look() -> None:
    with pytest.raises(CredentialsMissingError, match="TELEMETRY_NAMESPACE"):
        await _connect({"endpoint": HTTPS, "authorization": BEARER}, namespace=None)


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param({"endpoint": "HTTP://receiver.example/", "authorization": BEARER}, id="http"),
        pytest.param(
            {"endpoint": HTTPS, "authorization": {"type": "PullSecret"}}, id="foreign host"
        ),
        pytest.param({"tlsConfig": {**CA, "serverName": "receiver.example"}}, id="foreign name"),
    ],
)
async def test_a_credential_that_may_not_go_there_is_not_even_read(spec: dict[str, Any]) -> None:
    with pytest.raises(CredentialsRefusedError):
        await _connect(spec)


@pytest.mark.parametrize(
    ("found", "error"),
    [
        pytest.param({}, CredentialsMissingError, id="no object"),
        pytest.param({CONFIG_MAP: {"data": {"ca.crt": ""}}}, CredentialsMissingError, id="empty"),
        pytest.param({CONFIG_MAP: {"data": {"ca.crt": "pem"}}}, TlsConfigError, id="no PEM"),
    ],
)
async def test_a_ca_that_cannot_be_used_is_told(
    found: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        await _connect({"endpoint": HTTPS, "tlsConfig": CA}, found)


@pytest.mark.parametrize("is_configured", [False, True])
async def test_the_route_knows_whether_a_client_certificate_is_configured(
    tmp_path: Path, *, is_configured: bool
) -> None:
    """What an admin is told of a server that lets us in by it only."""
    pair = Authority(tmp_path).issue("device")
    files = {"tls.crt": pair.certificate.read_text(), "token": pair.key.read_text()}
    data = {name: _encoded(text) for name, text in files.items()}
    client = {
        "cert": {"secret": {"name": "receiver", "key": "tls.crt"}},
        "keySecret": {"name": "receiver", "key": "token"},
    }
    spec = an_effective(endpoint=HTTPS, tlsConfig=client if is_configured else {})

    connecting = _connector({SECRET: {"data": data}}).connect(spec.destination)

    async with aclosing(await connecting) as receiver:
        assert receiver._connection._route.has_certificate is is_configured
