"""Where the API server is and who we are: a ServiceAccount, or any KUBECONFIG."""

import base64
import ssl
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from microshift_telemetry.kube.access import (
    AccessError,
    ApiAccess,
    Material,
    access_from_kubeconfig,
    access_from_service_account,
    parse_kubeconfig,
)
from tests.support.certificates import Authority
from tests.unit.sources.surroundings import damaged_json

PLACE = Path("/etc/kube/config")
DATA = base64.b64encode(b"pem").decode()


def a_kubeconfig(
    user: dict[str, Any] | None = None, cluster: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Build a KUBECONFIG of one context."""
    return {
        "current-context": "edge",
        "contexts": [
            {"name": "edge", "context": {"cluster": "c", "user": "u", "namespace": "telemetry"}}
        ],
        "clusters": [{"name": "c", "cluster": {"server": "https://api:6443/"} | (cluster or {})}],
        "users": [{"name": "u", "user": {"token": "secret"} if user is None else user}],
    }


@pytest.fixture
def service_account(tmp_path: Path) -> Path:
    for name, text in {"token": "abc\n", "ca.crt": "pem", "namespace": "telemetry\n"}.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("host", "server"),
    [
        pytest.param("10.43.0.1", "https://10.43.0.1:6443", id="IPv4"),
        pytest.param("fd01::1", "https://[fd01::1]:6443", id="IPv6"),
    ],
)
def test_a_pod_finds_its_api_server(host: str, server: str, service_account: Path) -> None:
    environment = {"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": "6443"}

    access = access_from_service_account(environment, service_account)

    assert (access.server, access.namespace, access.token()) == (server, "telemetry", "abc")


def test_a_rotated_token_is_read_again(service_account: Path) -> None:
    access = access_from_service_account({"KUBERNETES_SERVICE_HOST": "::1"}, service_account)
    (service_account / "token").write_text("def")

    assert access.token() == "def"


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        pytest.param({}, "KUBERNETES_SERVICE_HOST", id="no address"),
        pytest.param({"KUBERNETES_SERVICE_HOST": "::1"}, "token", id="no token"),
    ],
)
def test_what_is_no_pod_is_told(environment: dict[str, str], said: str, tmp_path: Path) -> None:
    with pytest.raises(AccessError, match=said):
        access_from_service_account(environment, tmp_path)


@pytest.mark.parametrize(
    ("user", "bearer"),
    [
        pytest.param({"token": "secret"}, Material(inline=b"secret"), id="token"),
        pytest.param({"tokenFile": "t"}, Material(file=PLACE.parent / "t"), id="token file"),
        pytest.param({"tokenFile": "/t", "token": "x"}, Material(file=Path("/t")), id="both"),
        pytest.param({}, None, id="nobody"),
    ],
)
def test_a_kubeconfig_gives_a_token(user: dict[str, str], bearer: Material | None) -> None:
    access = parse_kubeconfig(a_kubeconfig(user), PLACE)

    assert access == ApiAccess("https://api:6443", bearer=bearer, namespace="telemetry")


@pytest.mark.parametrize(
    ("suffix", "value", "material"),
    [
        pytest.param("-data", DATA, Material(inline=b"pem"), id="data"),
        pytest.param("", "x.pem", Material(file=PLACE.parent / "x.pem"), id="file"),
    ],
)
def test_a_kubeconfig_gives_certificates(suffix: str, value: str, material: Material) -> None:
    user = {f"client-certificate{suffix}": value, f"client-key{suffix}": value}
    cluster = {f"certificate-authority{suffix}": value}

    access = parse_kubeconfig(a_kubeconfig(user, cluster), PLACE)

    assert (access.ca, access.certificate, access.key) == (material, material, material)


@pytest.mark.parametrize(
    "field", ["exec", "auth-provider", "username", "password", "as", "as-groups", "as-uid"]
)
def test_a_user_field_that_is_not_supported_is_named(field: str) -> None:
    config = a_kubeconfig({"token": "secret", field: {"a": "b"}})

    with pytest.raises(AccessError, match=rf"users\[u\]: {field} is not supported"):
        parse_kubeconfig(config, PLACE)


@pytest.mark.parametrize("field", ["insecure-skip-tls-verify", "proxy-url", "tls-server-name"])
def test_a_cluster_field_that_is_not_supported_is_named(field: str) -> None:
    with pytest.raises(AccessError, match=rf"clusters\[c\]: {field} is not supported"):
        parse_kubeconfig(a_kubeconfig(cluster={field: True}), PLACE)


def test_a_field_that_is_off_is_not_asked_for() -> None:
    config = a_kubeconfig(cluster={"insecure-skip-tls-verify": False})

    assert parse_kubeconfig(config, PLACE).server == "https://api:6443"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[",
        "a: b: c",
        "\t",
        "text",
        "2001-99-99",
        "!!bool x",
        "!!timestamp x",
        pytest.param("[" * 1500, id="deep"),
        "!!python/object:os.system {}",
        "&a [*a]",
    ],
    ids=repr,
)
def test_what_is_no_kubeconfig_is_told_with_its_path(text: str, tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_text(text)

    with pytest.raises(AccessError, match=r"/config: "):
        access_from_kubeconfig(file)


def test_a_kubeconfig_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(AccessError, match="No such file"):
        access_from_kubeconfig(tmp_path / "config")


FULL = a_kubeconfig(
    {"token": "x", "client-certificate-data": DATA, "client-key-data": DATA},
    {"certificate-authority-data": DATA},
)


@given(damaged_json(FULL))
def test_a_damaged_kubeconfig_gives_an_access_or_an_error_of_ours(config: Any) -> None:
    with suppress(AccessError):
        access = parse_kubeconfig(config, PLACE)
        assert isinstance(access.token(), str)
        access.tls_context()


@given(data=st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_in_place_of_a_kubeconfig_are_an_error_of_ours(
    data: bytes, tmp_path: Path
) -> None:
    file = tmp_path / "config"
    file.write_bytes(data)

    with pytest.raises(AccessError):
        access_from_kubeconfig(file)


def test_a_secret_is_not_shown() -> None:
    access = parse_kubeconfig(a_kubeconfig(), PLACE)

    assert "secret" not in repr(access)


@pytest.mark.parametrize("file", [Path("/nowhere"), Path("nul\0byte")], ids=str)
def test_a_file_that_cannot_be_read_is_named(file: Path) -> None:
    with pytest.raises(AccessError, match=r"nowhere|nul"):
        Material(file=file).read()


def test_a_client_certificate_is_loaded(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "ca")
    pair = authority.issue("operator")

    context = ApiAccess(
        "https://api",
        ca=Material(file=authority.ca_file),
        certificate=Material(file=pair.certificate),
        key=Material(inline=pair.key.read_bytes()),
    ).tls_context()

    assert context is not None
    assert context.verify_mode is ssl.CERT_REQUIRED


def test_plain_http_needs_no_tls() -> None:
    assert ApiAccess("http://api").tls_context() is None


def test_yaml_is_what_a_kubeconfig_is(tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_text(yaml.safe_dump(a_kubeconfig()))

    assert access_from_kubeconfig(file) == parse_kubeconfig(a_kubeconfig(), file)
