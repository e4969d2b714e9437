import logging
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microshift_telemetry.settings import Settings, SettingsError, parse_listen, settings_from


def test_an_empty_environment_gives_the_defaults() -> None:
    assert settings_from({}) == Settings()


def test_every_variable_is_read() -> None:
    settings = settings_from(
        {
            "KUBECONFIG": "/etc/admin.kubeconfig",
            "TELEMETRY_HOST_ROOT": "/",
            "TELEMETRY_STATE_DIR": "/state",
            "TELEMETRY_NODE_NAME": "edge-1",
            "TELEMETRY_NAMESPACE": "telemetry",
            "TELEMETRY_LISTEN": "[::1]:9090",
            "TELEMETRY_PULL_SECRET_HOSTS": "infogw.example, Stage.Example.",
            "TELEMETRY_LOG_LEVEL": "debug",
            "TELEMETRY_LOG_FORMAT": "json",
        }
    )

    assert settings == Settings(
        kubeconfig=Path("/etc/admin.kubeconfig"),
        host_root=Path("/"),
        state_dir=Path("/state"),
        node_name="edge-1",
        namespace="telemetry",
        listen_host="::1",
        listen_port=9090,
        pull_secret_hosts=frozenset({"infogw.example", "stage.example."}),
        log_level=logging.DEBUG,
        log_json=True,
    )


def test_a_variable_that_is_set_but_empty_counts_as_not_set() -> None:
    names = ("KUBECONFIG", "TELEMETRY_LISTEN", "TELEMETRY_NAMESPACE", "TELEMETRY_LOG_LEVEL")

    assert settings_from(dict.fromkeys(names, "")) == Settings()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TELEMETRY_LOG_LEVEL", "LOUD"),
        ("TELEMETRY_LOG_FORMAT", "xml"),
        ("TELEMETRY_LISTEN", "8080"),
    ],
)
def test_an_unusable_value_is_refused_by_the_name_of_its_variable(
    variable: str, value: str
) -> None:
    with pytest.raises(SettingsError, match=rf"^{variable}: .*{value}"):
        settings_from({variable: value})


@pytest.mark.parametrize(
    ("text", "listen"),
    [
        pytest.param(":8080", (None, 8080), id="every address"),
        pytest.param("127.0.0.1:0", ("127.0.0.1", 0), id="any port"),
        pytest.param("[::1]:8081", ("::1", 8081), id="IPv6"),
        pytest.param("localhost:65535", ("localhost", 65535), id="name"),
    ],
)
def test_an_address_to_listen_on_is_a_host_and_a_port(
    text: str, listen: tuple[str | None, int]
) -> None:
    assert parse_listen("X", text) == listen


@pytest.mark.parametrize(
    "text",
    ["", "localhost", ":", ":65536", ":-1", ":+1", ":\uff18\uff10", ":1_0", ":" + "9" * 5000],
)
def test_what_is_no_address_to_listen_on_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match=r"^X: .* is not HOST:PORT or :PORT$"):
        parse_listen("X", text)


@given(
    st.dictionaries(
        st.sampled_from(
            ["TELEMETRY_LISTEN", "TELEMETRY_LOG_LEVEL", "TELEMETRY_LOG_FORMAT", "KUBECONFIG"]
        ),
        st.text(max_size=20),
    )
)
def test_any_environment_gives_settings_or_names_a_variable(environment: dict[str, str]) -> None:
    try:
        said = f"TELEMETRY_LISTEN: {settings_from(environment).listen_port}"
    except SettingsError as error:
        said = str(error)

    assert said.startswith("TELEMETRY_")
