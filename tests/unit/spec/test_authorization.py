from dataclasses import replace

import pytest

from microshift_telemetry.spec.authorization import (
    Authorization,
    Basic,
    Bearer,
    NoAuthorization,
    OAuth2,
    PullSecret,
    parse_authorization,
)
from microshift_telemetry.spec.endpoint import parse_endpoint
from microshift_telemetry.spec.errors import SpecError
from microshift_telemetry.spec.fields import Fields
from microshift_telemetry.spec.references import KeyReference, UserReference
from microshift_telemetry.spec.tls import TlsConfig

TOKEN = {"name": "receiver", "key": "token"}
USER = {"username": {"name": "receiver", "key": "user"}, "password": TOKEN}
CLIENT = {
    "clientId": {"configMap": {"name": "client", "key": "id"}},
    "clientSecret": TOKEN,
    "tokenUrl": "https://login.example/token",
}

PLAIN_OAUTH2 = OAuth2(
    KeyReference("ConfigMap", "client", "id"),
    KeyReference("Secret", "receiver", "token"),
    parse_endpoint("https://login.example/token", ""),
)


def parse(value: object) -> Authorization | None:
    return parse_authorization(Fields(value, "spec.authorization"))


@pytest.mark.parametrize(
    ("value", "authorization"),
    [
        pytest.param(None, None, id="absent"),
        pytest.param({}, None, id="empty"),
        pytest.param({"type": "PullSecret"}, PullSecret(), id="pull-secret"),
        pytest.param({"type": "None"}, NoAuthorization(), id="none"),
        pytest.param(
            {"type": "Bearer", "bearer": {"credentials": TOKEN}},
            Bearer(KeyReference("Secret", "receiver", "token")),
            id="bearer",
        ),
        pytest.param(
            {"type": "Basic", "basic": USER},
            Basic(
                UserReference(
                    KeyReference("Secret", "receiver", "user"),
                    KeyReference("Secret", "receiver", "token"),
                )
            ),
            id="basic",
        ),
        pytest.param(
            {
                "type": "OAuth2",
                "oauth2": {**CLIENT, "scopes": ["b", "a"], "endpointParams": {"z": "1", "b": "2"}},
            },
            OAuth2(
                KeyReference("ConfigMap", "client", "id"),
                KeyReference("Secret", "receiver", "token"),
                parse_endpoint("https://login.example/token", ""),
                ("b", "a"),
                (("b", "2"), ("z", "1")),
            ),
            id="oauth2",
        ),
        pytest.param(
            {"type": "OAuth2", "oauth2": {**CLIENT, "tlsConfig": {"serverName": "login"}}},
            replace(PLAIN_OAUTH2, tls=TlsConfig(server_name="login")),
            id="oauth2-with-tls-of-its-own",
        ),
        pytest.param(
            {"type": "OAuth2", "oauth2": {**CLIENT, "tlsConfig": {}}},
            replace(PLAIN_OAUTH2, tls=TlsConfig()),
            id="oauth2-with-the-systems-roots",
        ),
        pytest.param(
            {"type": "OAuth2", "oauth2": {**CLIENT, "tlsConfig": None}},
            PLAIN_OAUTH2,
            id="oauth2-with-the-receivers-tls",
        ),
        pytest.param(
            {"type": "None", "bearer": {"credentials": 7}, "basic": []},
            NoAuthorization(),
            id="members-of-other-types-are-ignored",
        ),
    ],
)
def test_who_we_are_is_what_the_type_says(
    value: object, authorization: Authorization | None
) -> None:
    assert parse(value) == authorization


@pytest.mark.parametrize(
    ("value", "field"),
    [
        pytest.param({"type": "bearer"}, "type", id="lower-case"),
        pytest.param({"type": 7}, "type", id="a-number"),
        pytest.param({"bearer": {"credentials": TOKEN}}, "type", id="a-member-without-a-type"),
        pytest.param({"type": "Bearer"}, "bearer.credentials.name", id="no-member"),
        pytest.param(
            {"type": "Bearer", "bearer": {"credentials": {"name": "a"}}},
            "bearer.credentials.key",
            id="no-key",
        ),
        pytest.param(
            {"type": "Bearer", "bearer": {"credentials": {"name": "", "key": "b"}}},
            "bearer.credentials.name",
            id="an-empty-name",
        ),
        pytest.param({"type": "Bearer", "bearer": "token"}, "bearer", id="a-text-for-an-object"),
        pytest.param({"type": "Basic"}, "basic.username.name", id="no-user"),
        pytest.param(
            {"type": "Basic", "basic": {"username": TOKEN}}, "basic.password.name", id="no-password"
        ),
        pytest.param({"type": "OAuth2"}, "oauth2.clientId", id="no-client"),
        pytest.param(
            {"type": "OAuth2", "oauth2": {**CLIENT, "tokenUrl": None}},
            "oauth2.tokenUrl",
            id="no-token-url",
        ),
        pytest.param(
            {"type": "OAuth2", "oauth2": {**CLIENT, "tokenUrl": "https://a:b@c.example"}},
            "oauth2.tokenUrl",
            id="a-token-url-with-credentials",
        ),
        pytest.param(
            {"type": "OAuth2", "oauth2": {**CLIENT, "scopes": "a b"}},
            "oauth2.scopes",
            id="scopes-in-one-text",
        ),
        pytest.param(
            {"type": "OAuth2", "oauth2": {**CLIENT, "endpointParams": {"audience": 7}}},
            "oauth2.endpointParams.audience",
            id="a-parameter-that-is-no-text",
        ),
    ],
)
def test_an_incomplete_member_is_named(value: object, field: str) -> None:
    with pytest.raises(SpecError, match=rf"^spec\.authorization\.{field}: "):
        parse(value)


def test_a_reference_reads_as_an_admin_would_say_it() -> None:
    assert str(KeyReference("ConfigMap", "roots", "ca.crt")) == "ConfigMap roots, key ca.crt"
