import pytest

from microshift_telemetry.spec.authorization import KeyReference
from microshift_telemetry.spec.errors import SpecError
from microshift_telemetry.spec.fields import Fields
from microshift_telemetry.spec.tls import TlsConfig, parse_tls

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
    ],
)
def test_an_incomplete_reference_is_named(value: object, field: str) -> None:
    with pytest.raises(SpecError, match=rf"^spec\.tlsConfig\.{field}: "):
        parse_tls(Fields(value, "spec.tlsConfig"))
