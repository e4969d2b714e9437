"""What the process is told by its environment, read once; everything else is in the resource."""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from microshift_telemetry.errors import TelemetryError

DEFAULT_PULL_SECRET_HOSTS = "infogw.api.openshift.com"  # noqa: S105  # a host
DEPLOYMENT_TYPES = ("rpm", "ostree", "bootc")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class SettingsError(TelemetryError):
    """The process cannot start with this environment; the text starts with the variable."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The process' settings; the variables are listed in `docs/settings.md`."""

    kubeconfig: Path | None = None
    """None: the pod's ServiceAccount."""
    host_root: Path = Path("/host")
    state_dir: Path = Path("/var/lib/microshift-telemetry")
    node_name: str | None = None
    """None: the only node."""
    namespace: str | None = None
    """None: the namespace of the identity."""
    listen_host: str | None = None
    """None: all addresses of both families."""
    listen_port: int = 8080
    preview_host: str | None = "127.0.0.1"
    preview_port: int = 8081
    pull_secret_hosts: frozenset[str] = frozenset({DEFAULT_PULL_SECRET_HOSTS})
    """Lower case; only these may get the pull secret."""
    https_proxy: str = field(default="", repr=False)
    """May hold a password, as the next."""
    http_proxy: str = field(default="", repr=False)
    no_proxy: str = ""
    deployment_type: str | None = None
    """One of `DEPLOYMENT_TYPES`; None: as the kernel's command line tells."""
    renew_pod_seconds: float = 900.0
    """How long no name server may answer until the pod is made anew; 0: for ever."""
    start_seconds: float = 600.0
    """How long the pods have to be Ready after a start of MicroShift, where one is told."""
    log_level: int = logging.INFO
    log_json: bool = False


def settings_from(environment: Mapping[str, str]) -> Settings:
    """Read the settings; a variable that is set but empty counts as not set.

    Raises:
        SettingsError: a value is unusable.
    """
    given = {name: value for name, value in environment.items() if value}
    kubeconfig = given.get("KUBECONFIG")
    host, port = parse_listen("TELEMETRY_LISTEN", given.get("TELEMETRY_LISTEN", ":8080"))
    preview = given.get("TELEMETRY_PREVIEW_LISTEN", "127.0.0.1:8081")
    preview_host, preview_port = parse_listen("TELEMETRY_PREVIEW_LISTEN", preview)
    hosts = given.get("TELEMETRY_PULL_SECRET_HOSTS", DEFAULT_PULL_SECRET_HOSTS)
    return Settings(
        kubeconfig=Path(kubeconfig) if kubeconfig else None,
        host_root=Path(given.get("TELEMETRY_HOST_ROOT", "/host")),
        state_dir=Path(given.get("TELEMETRY_STATE_DIR", "/var/lib/microshift-telemetry")),
        node_name=given.get("TELEMETRY_NODE_NAME"),
        namespace=given.get("TELEMETRY_NAMESPACE"),
        listen_host=host,
        listen_port=port,
        preview_host=preview_host,
        preview_port=preview_port,
        pull_secret_hosts=frozenset(hosts.lower().replace(",", " ").split()),
        https_proxy=_either_case(given, "HTTPS_PROXY"),
        http_proxy=_either_case(given, "HTTP_PROXY"),
        no_proxy=_either_case(given, "NO_PROXY"),
        deployment_type=_deployment_type(given.get("TELEMETRY_DEPLOYMENT_TYPE")),
        renew_pod_seconds=_seconds(given, "TELEMETRY_RENEW_POD_SECONDS", "900"),
        start_seconds=_seconds(given, "TELEMETRY_START_SECONDS", "600"),
        log_level=_log_level(given.get("TELEMETRY_LOG_LEVEL", "INFO")),
        log_json=_log_json(given.get("TELEMETRY_LOG_FORMAT", "plain")),
    )


def parse_listen(variable: str, text: str) -> tuple[str | None, int]:
    """Parse `host:port`, `[::1]:port` or `:port` into a host (None: every address) and a port.

    Raises:
        SettingsError: the text is neither.
    """
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not re.fullmatch(r"[0-9]{1,5}", port) or int(port) > 65535:
        raise SettingsError(f"{variable}: {text!r} is not HOST:PORT or :PORT")
    return host or None, int(port)


def _either_case(given: Mapping[str, str], variable: str) -> str:
    return given.get(variable) or given.get(variable.lower(), "")


def _deployment_type(text: str | None) -> str | None:
    if text is not None and text not in DEPLOYMENT_TYPES:
        known = ", ".join(DEPLOYMENT_TYPES)
        raise SettingsError(f"TELEMETRY_DEPLOYMENT_TYPE: {text!r} is not one of {known}")
    return text


def _seconds(given: Mapping[str, str], variable: str, default: str) -> float:
    text = given.get(variable, default)
    if not re.fullmatch(r"[0-9]{1,6}", text):
        raise SettingsError(f"{variable}: {text!r} is not a number of seconds")
    return float(text)


def _log_level(text: str) -> int:
    if text.upper() not in LOG_LEVELS:
        raise SettingsError(f"TELEMETRY_LOG_LEVEL: {text!r} is not one of {', '.join(LOG_LEVELS)}")
    return logging.getLevelNamesMapping()[text.upper()]


def _log_json(text: str) -> bool:
    if text not in {"plain", "json"}:
        raise SettingsError(f"TELEMETRY_LOG_FORMAT: {text!r} is neither plain nor json")
    return text == "json"
