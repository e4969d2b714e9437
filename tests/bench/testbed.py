"""Where the operator is measured: a real control plane and a TLS receiver, both behind a proxy that
counts, and the operator as a process of its own."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import kubernetes.client

from microshift_telemetry.clock import SystemClock
from tests.bench.counting_proxy import CountingProxy, Traffic
from tests.support.certificates import Authority
from tests.support.control_plane import ControlPlane
from tests.support.device import NAMESPACE, REQUESTED_AT, SERVICE_ACCOUNT, Device
from tests.support.fault_receiver import (
    ACCEPT_ALL,
    Answer,
    FaultReceiver,
    RecordedRequest,
    Reply,
    Script,
)
from tests.support.kubeconfig import token_user, write_kubeconfig
from tests.support.operator_process import OperatorProcess
from tests.support.surroundings import lay_microshift
from tests.support.tools import Tools
from tests.support.waiting import wait_for

CA = "receiver-ca"
RESOURCE = ("telemetry.microshift.io", "v1alpha1", "telemetryconfigs")
SECONDS = 60.0
WRITE = "/api/v1/write"
ANSWER_BYTES = len(b"HTTP/1.1 204 Scripted\r\n\r\n")


@dataclass(frozen=True, slots=True)
class Counts:
    """What was counted up to a moment."""

    api: Traffic
    api_requests: int
    wire: Traffic
    reports: int
    """Requests to the receiver."""


class Testbed:
    """One device; its operator is started and ended by the caller."""

    def __init__(
        self, device: Device, api: CountingProxy, receiver: FaultReceiver, wire: CountingProxy
    ) -> None:
        self.device, self.receiver = device, receiver
        self.control_plane = device.control_plane
        self._api, self._wire = api, wire
        self._objects = kubernetes.client.CustomObjectsApi(self.control_plane.api)

    @property
    def endpoint(self) -> str:
        """Where reports go: past the counting proxy, to a receiver that takes all."""
        return self._url(WRITE)

    def _url(self, path: str) -> str:
        return f"https://{self._wire.address}{path}"

    def operator(self, **environment: str | None) -> OperatorProcess:
        """Start the operator with its ServiceAccount's token, past the counting proxy."""
        own = self.control_plane.service_account_kubeconfig(NAMESPACE, SERVICE_ACCOUNT)
        kubeconfig = write_kubeconfig(
            own.with_name("counted.kubeconfig"),
            f"https://{self._api.address}",
            self.control_plane.ca_file,
            token_user(own.with_name("token")),
            NAMESPACE,
        )
        settings = {"TELEMETRY_NAMESPACE": NAMESPACE, **environment}
        device = self.device
        return OperatorProcess(device.directory, kubeconfig, device.host_root, environment=settings)

    def apply(self, name: str = "cluster", path: str = WRITE, **spec: str) -> None:
        """Put a TelemetryConfig in place; its reports go to this testbed's receiver."""
        tls = {"ca": {"configMap": {"name": CA, "key": "ca.crt"}}}
        fields: dict[str, Any] = {"endpoint": self._url(path), "tlsConfig": tls, **spec}
        self.device.apply(name, **fields)

    def request(self, value: str, name: str = "cluster") -> None:
        """Ask for a pass and a report at once."""
        body = {"metadata": {"annotations": {REQUESTED_AT: value}}}
        self._objects.patch_cluster_custom_object(*RESOURCE, name, body)

    def read(self, name: str = "cluster") -> dict[str, Any]:
        """Read a TelemetryConfig."""
        found = self._objects.get_cluster_custom_object(*RESOURCE, name)
        return json.loads(json.dumps(found))  # type: ignore[no-any-return]

    def wait_until_handled(self, value: str, name: str = "cluster") -> None:
        """Wait until a request was answered."""
        wait_for(
            f"request {value} handled",
            lambda: self.read(name).get("status", {}).get("lastHandledRequestedAt") == value,
            SECONDS,
        )

    def cycle(self, value: str, name: str = "cluster") -> None:
        """Let it make one pass and one report."""
        self.request(value, name)
        self.wait_until_handled(value, name)

    def counts(self) -> Counts:
        """Read the counters."""
        return Counts(
            self._api.traffic, self._api_requests(), self._wire.traffic, len(self.receiver.requests)
        )

    def _api_requests(self) -> int:
        """Count the operator's own requests by the API server's audit log, watches included."""
        user = f'"username":"system:serviceaccount:{NAMESPACE}:{SERVICE_ACCOUNT}"'
        with self.control_plane.layout.audit_log.open() as log:
            return sum(user in line and '"stage":"ResponseComplete"' in line for line in log)


def http_bytes(request: RecordedRequest) -> int:
    """Tell how many bytes of HTTP a request and its answer were, before TLS."""
    head = f"{request.method} {request.target} HTTP/1.1\r\n"
    lines = (f"{name}: {value}\r\n" for name, value in request.headers.items())
    return len(head) + sum(map(len, lines)) + 2 + len(request.body) + ANSWER_BYTES


def dated(script: Script) -> Script:
    """Tell the date to who asks for it: an operator does whose kernel vouches for no clock."""

    def answer(request: RecordedRequest) -> Reply:
        if request.method == "POST":
            return script(request)
        return Answer(404, headers={"Date": format_datetime(now(), usegmt=True)})

    return answer


def now() -> datetime:
    """Tell the time to the millisecond, as samples do."""
    now = SystemClock().now()
    return now - timedelta(microseconds=now.microsecond % 1000)


@contextmanager
def open_testbed(directory: Path, tools: Tools) -> Iterator[Testbed]:
    """Start everything but the operator below `directory`; stop it at the end."""
    with ExitStack() as stack:
        control_plane = stack.enter_context(ControlPlane(directory / "control-plane", tools))
        lay_microshift(control_plane)
        device = Device(control_plane, directory / "device")
        authority = Authority(directory / "receiver")
        receiver = stack.enter_context(FaultReceiver(dated(ACCEPT_ALL), authority=authority))
        wire = stack.enter_context(CountingProxy(receiver.port))
        api = stack.enter_context(CountingProxy(control_plane.layout.port))
        device.create_config_map(CA, **{"ca.crt": authority.ca_file.read_text()})
        yield Testbed(device, api, receiver, wire)
