"""A credential goes where it belongs and nowhere else; that is decided before anything is read."""

import pytest

from microshift_telemetry.sending.credentials import CredentialsRefusedError, refuse_unsafe
from microshift_telemetry.spec.authorization import (
    Authorization,
    Basic,
    Bearer,
    NoAuthorization,
    OAuth2,
    PullSecret,
)
from microshift_telemetry.spec.effective import Destination
from microshift_telemetry.spec.endpoint import DEFAULT_ENDPOINT_URL, parse_endpoint
from microshift_telemetry.spec.headers import Header
from microshift_telemetry.spec.references import KeyReference, UserReference
from microshift_telemetry.spec.tls import TlsConfig

REFERENCE = KeyReference("Secret", "receiver", "token")
BEARER = Bearer(REFERENCE)
CA = KeyReference("ConfigMap", "corporate-ca", "ca.crt")
RED_HAT = frozenset({"infogw.api.openshift.com"})
BASIC = Basic(UserReference(REFERENCE, REFERENCE))


def an_oauth2(url: str) -> OAuth2:
    return OAuth2(REFERENCE, REFERENCE, parse_endpoint(url, "tokenUrl"))


REFUSALS = [
    pytest.param("http://a.example", BASIC, "plain http", id="a-password-in-plain"),
    pytest.param(
        "https://a.example", an_oauth2("HTTP://b.example"), "tokenUrl", id="a-client-in-plain"
    ),
    pytest.param(
        "http://a.example", an_oauth2("https://b.example"), "OAuth2", id="a-token-in-plain"
    ),
    pytest.param("http://a.example", PullSecret(), "spec.endpoint: PullSecret", id="plain"),
    pytest.param("HTTP://a.example", BEARER, "spec.endpoint: Bearer", id="plain-in-capitals"),
    pytest.param(
        DEFAULT_ENDPOINT_URL.replace("https", "http"), PullSecret(), "spec.endpoint", id="its-owner"
    ),
    pytest.param("https://a.example", PullSecret(), "never sent to a.example", id="foreign"),
    pytest.param(
        "https://infogw.api.openshift.com.a.example", PullSecret(), "never sent to", id="a-prefix"
    ),
    pytest.param(
        "https://a.example/infogw.api.openshift.com",
        PullSecret(),
        "never sent to",
        id="in-the-path",
    ),
    pytest.param(
        "https://infogw.api.openshift.com.", PullSecret(), "never sent to", id="a-dot-more"
    ),
    pytest.param(
        "https://a.infogw.api.openshift.com", PullSecret(), "never sent to", id="below-its-owner"
    ),
    pytest.param(
        "https://infogw%2eapi.openshift.com", PullSecret(), "never sent to", id="percent-encoded"
    ),
]


def a_destination(
    url: str, authorization: Authorization, *headers: Header, tls: TlsConfig | None = None
) -> Destination:
    endpoint = parse_endpoint(url, "spec.endpoint")
    return Destination(endpoint, authorization, tls or TlsConfig(), None, headers, ())


@pytest.mark.parametrize(("url", "authorization", "said"), REFUSALS)
def test_a_credential_stays_where_it_would_be_stolen(
    url: str, authorization: Authorization, said: str
) -> None:
    with pytest.raises(CredentialsRefusedError, match=said):
        refuse_unsafe(a_destination(url, authorization), RED_HAT)


@pytest.mark.parametrize(
    ("tls", "said"),
    [
        pytest.param(
            TlsConfig(is_verified=False), r"^spec\.tlsConfig\.insecureSkipVerify: ", id="unverified"
        ),
        pytest.param(
            TlsConfig(server_name="a.example"),
            "never sent to a server with a certificate for a.example",
            id="named",
        ),
        pytest.param(
            TlsConfig(CA, server_name="telemetry.cluster.svc"), "serverName", id="named-in-cluster"
        ),
        pytest.param(
            TlsConfig(server_name="infogw.api.openshift.com."), "serverName", id="a-dot-more"
        ),
    ],
)
def test_the_pull_secret_waits_for_a_certificate_of_its_owner(tls: TlsConfig, said: str) -> None:
    """A proxy of the editor's may lead the connection to a host of his."""
    with pytest.raises(CredentialsRefusedError, match=said):
        refuse_unsafe(a_destination(DEFAULT_ENDPOINT_URL, PullSecret(), tls=tls), RED_HAT)


@pytest.mark.parametrize(
    "tls",
    [
        pytest.param(TlsConfig(CA), id="an-authority-that-the-namespace-holds"),
        pytest.param(TlsConfig(server_name="INFOGW.api.openshift.com"), id="its-owner-by-name"),
    ],
)
def test_the_pull_secret_goes_to_its_owner_by_any_certificate_of_his(tls: TlsConfig) -> None:
    refuse_unsafe(a_destination(DEFAULT_ENDPOINT_URL, PullSecret(), tls=tls), RED_HAT)


@pytest.mark.parametrize("authorization", [BEARER, BASIC, NoAuthorization()])
def test_an_own_credential_needs_no_certificate(authorization: Authorization) -> None:
    """The condition says what it means; whoever named the Secret has named the receiver too."""
    tls = TlsConfig(server_name="b.example", is_verified=False)

    refuse_unsafe(a_destination("https://a.example", authorization, tls=tls), RED_HAT)


def test_a_header_from_a_secret_is_a_credential() -> None:
    destination = a_destination("http://a.example", NoAuthorization(), Header("X-Key", REFERENCE))

    with pytest.raises(CredentialsRefusedError, match="X-Key comes from a Secret"):
        refuse_unsafe(destination, RED_HAT)


@pytest.mark.parametrize(
    ("url", "authorization"),
    [
        pytest.param(DEFAULT_ENDPOINT_URL, PullSecret(), id="the-default"),
        pytest.param("HTTPS://INFOGW.API.OpenShift.com:8443/x", PullSecret(), id="in-capitals"),
        pytest.param("https://a.example", BEARER, id="an-own-token"),
        pytest.param("https://a.example", BASIC, id="a-password"),
        pytest.param("https://a.example", an_oauth2("https://b.example"), id="a-client"),
        pytest.param("http://a.example", NoAuthorization(), id="nothing-over-plain-http"),
    ],
)
def test_a_credential_goes_where_it_belongs(url: str, authorization: Authorization) -> None:
    refuse_unsafe(a_destination(url, authorization), RED_HAT)


def test_a_header_for_all_to_read_goes_anywhere() -> None:
    tenant = Header("X-Scope-OrgID", "devices")

    refuse_unsafe(a_destination("http://a.example", NoAuthorization(), tenant), RED_HAT)
