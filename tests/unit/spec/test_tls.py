import pytest

from microshift_telemetry.spec.errors import SpecError
from microshift_telemetry.spec.fields import Fields
from microshift_telemetry.spec.references import KeyReference
from microshift_telemetry.spec.tls import ClientCertificate, TlsConfig, parse_tls

SECRET = {"name": "s", "key": "ca.crt"}
CONFIG_MAP = {"name": "c", "key": "ca.crt"}


@pytest.mark.parametrize(
    ("value", "ca"),
    [
        pytest.param(None, None, id="absent"),
        pytest.param({"ca": {}}, None, id="empty"),
        pytest.param(
            {"ca": {"secret": SECRET}}, KeyReference("Secret", "s", "ca.crt"), id="secret"
        ),
        pytest.param(
            {"ca": {"configMap": CONFIG_MAP}},
            KeyReference("ConfigMap", "c", "ca.crt"),
            id="config-map",
        ),
        pytest.param(
            {"ca": {"configMap": CONFIG_MAP, "secret": SECRET}},
            KeyReference("Secret", "s", "ca.crt"),
            id="the-secret-wins",
        ),
        pytest.param(
            {"ca": {"configMap": CONFIG_MAP, "secret": {}}},
            KeyReference("ConfigMap", "c", "ca.crt"),
            id="an-empty-secret-does-not-win",
        ),
    ],
)
def test_the_roots_come_from_the_object_that_is_named(
    value: object, ca: KeyReference | None
) -> None:
    assert parse_tls(Fields(value, "spec.tlsConfig")) == TlsConfig(ca)


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ({"ca": "-----BEGIN CERTIFICATE-----"}, "ca"),
        ({"ca": {"secret": {"name": "s"}}}, "ca.secret.key"),
        ({"ca": {"configMap": {"key": "k"}}}, "ca.configMap.name"),
        ({"ca": {"configMap": ["k"]}}, "ca.configMap"),
        ({"cert": {"secret": SECRET}}, "keySecret"),
        ({"cert": {"secret": SECRET}, "keySecret": {"name": "s"}}, "keySecret.key"),
        ({"keySecret": SECRET}, "cert"),
        ({"serverName": 7}, "serverName"),
        ({"insecureSkipVerify": "yes"}, "insecureSkipVerify"),
    ],
)
def test_an_incomplete_reference_is_named(value: object, field: str) -> None:
    with pytest.raises(SpecError, match=rf"^spec\.tlsConfig\.{field}: "):
        parse_tls(Fields(value, "spec.tlsConfig"))


def test_a_client_certificate_comes_with_its_key() -> None:
    fields = Fields({"cert": {"configMap": CONFIG_MAP}, "keySecret": SECRET}, "spec.tlsConfig")

    assert parse_tls(fields).client == ClientCertificate(
        KeyReference("ConfigMap", "c", "ca.crt"), KeyReference("Secret", "s", "ca.crt")
    )


def test_another_name_and_no_verification_are_said_so() -> None:
    fields = Fields({"serverName": "a.example", "insecureSkipVerify": True}, "spec.tlsConfig")

    assert parse_tls(fields) == TlsConfig(server_name="a.example", is_verified=False)
