"""The environment of the process, read once."""

import logging
from pathlib import Path

import pytest

from microshift_telemetry.settings import (
    LISTEN,
    Settings,
    SettingsError,
    parse_listen,
    settings_from,
)


def test_nothing_given_is_the_defaults_of_a_pod() -> None:
    assert settings_from({}) == Settings()


def test_what_is_set_but_empty_is_not_set() -> None:
    names = ("KUBECONFIG", "TELEMETRY_LISTEN", "TELEMETRY_NODE_NAME", "TELEMETRY_LOG_LEVEL")

    assert settings_from(dict.fromkeys(names, "")) == Settings()


def test_every_variable_counts() -> None:
    settings = settings_from(
        {
            "KUBECONFIG": "/k",
            "TELEMETRY_HOST_ROOT": "/",
            "TELEMETRY_STATE_DIR": "/s",
            "TELEMETRY_NODE_NAME": "edge-1",
            "TELEMETRY_NAMESPACE": "telemetry",
            "TELEMETRY_LISTEN": "[::1]:9",
            "TELEMETRY_PREVIEW_LISTEN": "[::1]:10",
            "TELEMETRY_PULL_SECRET_HOSTS": "One.example, two.example",
            "TELEMETRY_DEPLOYMENT_TYPE": "bootc",
            "TELEMETRY_RENEW_POD_SECONDS": "30",
            "TELEMETRY_LOG_LEVEL": "debug",
            "TELEMETRY_LOG_FORMAT": "json",
        }
    )

    assert settings == Settings(
        kubeconfig=Path("/k"),
        host_root=Path("/"),
        state_dir=Path("/s"),
        node_name="edge-1",
        namespace="telemetry",
        listen_host="::1",
        listen_port=9,
        preview_host="::1",
        preview_port=10,
        pull_secret_hosts=frozenset({"one.example", "two.example"}),
        deployment_type="bootc",
        renew_pod_seconds=30.0,
        log_level=logging.DEBUG,
        log_json=True,
    )


@pytest.mark.parametrize(
    ("text", "listen"),
    [
        (":8080", (None, 8080)),
        ("127.0.0.1:0", ("127.0.0.1", 0)),
        ("[::]:65535", ("::", 65535)),
        ("localhost:80", ("localhost", 80)),
    ],
    ids=str,
)
def test_an_address_is_taken_apart(text: str, listen: tuple[str | None, int]) -> None:
    assert parse_listen(LISTEN, text) == listen


@pytest.mark.parametrize(
    "text", ["8080", "", ":", "a:b", ":-1", ":65536", ":٣", ":80 ", ":" + "9" * 5000], ids=range(9)
)
def test_what_is_no_address_is_told_with_its_variable(text: str) -> None:
    with pytest.raises(SettingsError, match=r"^TELEMETRY_LISTEN: "):
        parse_listen(LISTEN, text)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TELEMETRY_LOG_LEVEL", "loud"),
        ("TELEMETRY_LOG_LEVEL", "NOTSET"),
        ("TELEMETRY_LOG_FORMAT", "xml"),
        ("TELEMETRY_DEPLOYMENT_TYPE", "microshift-bootc"),
        ("TELEMETRY_RENEW_POD_SECONDS", "15m"),
    ],
)
def test_an_unusable_value_is_told_with_its_variable(variable: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^{variable}: '{value}'"):
        settings_from({variable: value})
