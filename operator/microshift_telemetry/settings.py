"""What the process is told by its environment, read once; everything else is in the resource.

The text below each variable is its entry in `docs/reference/settings.md`, which `make generate`
writes; a link in it starts at that page.
"""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from microshift_telemetry.errors import TelemetryError

DEPLOYMENT_TYPES = ("rpm", "ostree", "bootc")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
LOG_FORMATS = ("plain", "json")


class SettingsError(TelemetryError):
    """The process cannot start with this environment; the text starts with the variable."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of the environment."""

    name: str
    default: str = ""

    def of(self, environment: Mapping[str, str]) -> str:
        """Give its value or, if it is empty or not set, the default."""
        return environment.get(self.name) or self.default

    def in_either_case(self, environment: Mapping[str, str]) -> str:
        """Give the same of a variable whose lower-case name counts too."""
        return self.of(environment) or environment.get(self.name.lower(), "")

    def refuses(self, text: str, why: str) -> SettingsError:
        """Give the error that names it and the unusable value."""
        return SettingsError(f"{self.name}: {text!r} {why}")


KUBECONFIG = Variable("KUBECONFIG")
"""The file by which the operator finds the API server, for use outside a cluster. By default, it
uses the pod's ServiceAccount. It reads the current context: token, client certificate and CA, as
data or as files. Any other setting in the file is an error that names the setting."""
HOST_ROOT = Variable("TELEMETRY_HOST_ROOT", "/host")
"""The directory below which the device's paths are mounted, each under its own path."""
STATE_DIR = Variable("TELEMETRY_STATE_DIR", "/var/lib/microshift-telemetry")
"""The directory for the journals, the salt of anonymized labels, and the time at which the pod was
last replaced. Only one process can use it; its mode is 0700. The Kubernetes overlay sets
`/var/lib/microshift-telemetry/journals`, which the operator creates as its own user."""
NODE_NAME = Variable("TELEMETRY_NODE_NAME")
"""The node to sample. By default, the only node of the cluster."""
NAMESPACE = Variable("TELEMETRY_NAMESPACE")
"""The namespace of the Secrets and ConfigMaps that a spec references. By default, the namespace of
the ServiceAccount or of the kubeconfig."""
LISTEN = Variable("TELEMETRY_LISTEN", ":8080")
"""The address of two pages. `GET /healthz`: 200 while the operator's loops run, 500 after they have
stopped. `GET /metrics`: the operator's [own metrics](../monitoring.md). Without a host, the process
listens on all IPv4 and IPv6 addresses."""
PREVIEW_LISTEN = Variable("TELEMETRY_PREVIEW_LISTEN", "127.0.0.1:8081")
"""The address of the pages for an admin. On the pod's loopback address, only users who can forward
a port can read them.

- `GET /preview?name=cluster`: the next report as it would be sent now, as text or, with `Accept:
  application/json`, as JSON. It includes the message of the condition Reporting, even if nothing
  can be sent; credentials are hidden. With `&dry-run=true`: the
  [first report](../privacy.md#look-before-anything-leaves) for the spec, sampled only for this
  answer, even if the object is `Disabled` or does not exist.
- `GET /check?name=cluster`: a [check of every hop](../check.md) from the device to the receiver.
- `GET /history?name=cluster`: the last reports, and the receiver's answers."""
PULL_SECRET_HOSTS = Variable("TELEMETRY_PULL_SECRET_HOSTS", "infogw.api.openshift.com")
"""The only hosts that the device's pull secret is sent to, separated by commas. Their certificate
must be valid for one of these hosts."""
DEPLOYMENT_TYPE = Variable("TELEMETRY_DEPLOYMENT_TYPE")
"""How the device was installed, as shown in the labels of the two version metrics: `rpm`, `ostree`
or `bootc`. By default, the kernel command line decides: `bootc` if it has `composefs=`, `ostree` if
it has `ostree=`, and otherwise `rpm`. It cannot distinguish a bootc system with `ostree=` from
rpm-ostree: set this variable in such an image, as
[examples/bootc](../../examples/bootc/Containerfile) does."""
HTTPS_PROXY = Variable("HTTPS_PROXY")
"""The [proxy](../proxy.md) for https endpoints if the spec has no `proxyUrl`. The lower-case names
of this variable and the next two are also read."""
HTTP_PROXY = Variable("HTTP_PROXY")
"""The same, for http endpoints."""
NO_PROXY = Variable("NO_PROXY")
"""Destinations that are reached without a proxy, separated by commas: `name` for a domain and its
subdomains, `.name` for its subdomains only, an IP address, a network such as `10.0.0.0/8`, or `*`
for all. All except networks can include a port. The device itself (`localhost`) is always reached
without a proxy."""
RENEW_POD_SECONDS = Variable("TELEMETRY_RENEW_POD_SECONDS", "900")
"""If no name server answers for this many seconds, the operator deletes its own pod, and the
Deployment creates a new one with the device's current name servers. `0`: never. The operator does
so at most once an hour, and only with `dnsPolicy: Default`."""
START_SECONDS = Variable("TELEMETRY_START_SECONDS", "600")
"""How long the pods have to become Ready, after the node is Ready, until
[`spec.lifecycle`](../lifecycle.md) tells the result of a start of MicroShift. The node has six
times as long, counted from the start."""
LOG_LEVEL = Variable("TELEMETRY_LOG_LEVEL", "INFO")
"""The least severe lines that are logged."""
LOG_FORMAT = Variable("TELEMETRY_LOG_FORMAT", "plain")
"""`json` logs one object per line, with [fields](../settings.md#fields-of-the-json-log)."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The process' settings."""

    kubeconfig: Path | None = None
    """None: the pod's ServiceAccount."""
    host_root: Path = Path(HOST_ROOT.default)
    state_dir: Path = Path(STATE_DIR.default)
    node_name: str | None = None
    """None: the only node."""
    namespace: str | None = None
    """None: the namespace of the identity."""
    listen_host: str | None = None
    """None: all addresses of both families."""
    listen_port: int = 8080
    preview_host: str | None = "127.0.0.1"
    preview_port: int = 8081
    pull_secret_hosts: frozenset[str] = frozenset({PULL_SECRET_HOSTS.default})
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
    """Read the settings.

    Raises:
        SettingsError: a value is unusable.
    """
    kubeconfig = KUBECONFIG.of(environment)
    host, port = parse_listen(LISTEN, LISTEN.of(environment))
    preview_host, preview_port = parse_listen(PREVIEW_LISTEN, PREVIEW_LISTEN.of(environment))
    hosts = PULL_SECRET_HOSTS.of(environment)
    return Settings(
        kubeconfig=Path(kubeconfig) if kubeconfig else None,
        host_root=Path(HOST_ROOT.of(environment)),
        state_dir=Path(STATE_DIR.of(environment)),
        node_name=NODE_NAME.of(environment) or None,
        namespace=NAMESPACE.of(environment) or None,
        listen_host=host,
        listen_port=port,
        preview_host=preview_host,
        preview_port=preview_port,
        pull_secret_hosts=frozenset(hosts.lower().replace(",", " ").split()),
        https_proxy=HTTPS_PROXY.in_either_case(environment),
        http_proxy=HTTP_PROXY.in_either_case(environment),
        no_proxy=NO_PROXY.in_either_case(environment),
        deployment_type=_deployment_type(DEPLOYMENT_TYPE.of(environment)),
        renew_pod_seconds=_seconds(RENEW_POD_SECONDS, RENEW_POD_SECONDS.of(environment)),
        start_seconds=_seconds(START_SECONDS, START_SECONDS.of(environment)),
        log_level=_log_level(LOG_LEVEL.of(environment)),
        log_json=_log_json(LOG_FORMAT.of(environment)),
    )


def parse_listen(variable: Variable, text: str) -> tuple[str | None, int]:
    """Parse `host:port`, `[::1]:port` or `:port` into a host (None: every address) and a port.

    Raises:
        SettingsError: the text is neither.
    """
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not re.fullmatch(r"[0-9]{1,5}", port) or int(port) > 65535:
        raise variable.refuses(text, "is not HOST:PORT or :PORT")
    return host or None, int(port)


def _deployment_type(text: str) -> str | None:
    if text and text not in DEPLOYMENT_TYPES:
        raise DEPLOYMENT_TYPE.refuses(text, f"is not one of {', '.join(DEPLOYMENT_TYPES)}")
    return text or None


def _seconds(variable: Variable, text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,6}", text):
        raise variable.refuses(text, "is not a number of seconds")
    return float(text)


def _log_level(text: str) -> int:
    if text.upper() not in LOG_LEVELS:
        raise LOG_LEVEL.refuses(text, f"is not one of {', '.join(LOG_LEVELS)}")
    return logging.getLevelNamesMapping()[text.upper()]


def _log_json(text: str) -> bool:
    if text not in LOG_FORMATS:
        raise LOG_FORMAT.refuses(text, f"is neither {' nor '.join(LOG_FORMATS)}")
    return text == "json"
