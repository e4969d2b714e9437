"""A MicroShift device under test: an API server with our CRD and manifests, and the operator
beside it, since no kubelet runs the pod."""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.clocks.device_clock import DeviceClock
from tests.support.control_plane import ControlPlane
from tests.support.go_toolchain import REPOSITORY
from tests.support.operator_process import OperatorProcess
from tests.support.waiting import wait_for

NAMESPACE = "microshift-telemetry"
SERVICE_ACCOUNT = "microshift-telemetry"
HOST_ROOTS = REPOSITORY / "tests" / "golden" / "hosts"
NOBODY_LISTENS = "https://127.0.0.1:1/"
"""An endpoint that refuses every connection."""
REQUESTED_AT = "telemetry.microshift.io/requestedAt"
SECONDS = 30.0

Object = Mapping[str, Any]


class Admin:
    """What an admin does with TelemetryConfigs, and what they see there."""

    def __init__(self, control_plane: ControlPlane) -> None:
        """Work on this control plane, with every permission."""
        self.control_plane = control_plane

    def apply(self, name: str = "cluster", *, requested_at: str = "", **spec: object) -> None:
        """Apply a TelemetryConfig as an admin does; `requested_at` asks for a report at once."""
        annotations = {REQUESTED_AT: requested_at} if requested_at else {}
        self.control_plane.kubectl(
            *("apply", "--server-side", "--force-conflicts", "-f", "-"),
            stdin=json.dumps(
                {
                    "apiVersion": "telemetry.microshift.io/v1alpha1",
                    "kind": "TelemetryConfig",
                    "metadata": {"name": name, "annotations": annotations},
                    "spec": spec,
                }
            ),
        )

    def request_report(self, value: str, name: str = "cluster") -> None:
        """Ask for a report at once, as the docs say."""
        self.control_plane.kubectl(
            "annotate", "--overwrite", "tcfg", name, f"{REQUESTED_AT}={value}"
        )

    def status(self, name: str = "cluster") -> Object:
        """Read the object's status; empty before the operator has written one."""
        found = json.loads(self.control_plane.kubectl("get", "tcfg", name, "-o", "json"))
        status = found.get("status", {})
        assert isinstance(status, dict)
        return status

    def condition(self, kind: str, name: str = "cluster") -> Object:
        """Read one condition; empty before there is one."""
        conditions = self.status(name).get("conditions", [])
        return next((each for each in conditions if each["type"] == kind), {})

    def wait_for(
        self,
        kind: str,
        reason: str = "",
        name: str = "cluster",
        *,
        words: str = "",
        seconds: float = SECONDS,
    ) -> Object:
        """Wait until a condition has a reason, and words in its message; give the condition.

        Raises:
            TimeoutError: it has not; the text says what it has.
        """

        def found() -> Object | None:
            seen.append(self.condition(kind, name))
            is_it = reason in {"", seen[-1].get("reason")} and words in seen[-1].get("message", "")
            return seen[-1] if is_it else None

        seen: list[Object] = []
        try:
            return wait_for(f"{name}: {kind} {reason}{words}", found, seconds)
        except TimeoutError as error:
            raise TimeoutError(f"{error}; the condition is {seen[-1]}") from None

    def wait_until_handled(self, value: str, name: str = "cluster") -> Object:
        """Wait until a request was answered, whatever came of it, and give the status."""
        wait_for(
            f"{name}: request {value} handled",
            lambda: self.status(name).get("lastHandledRequestedAt") == value,
            SECONDS,
        )
        return self.status(name)

    def create_secret(self, name: str, **values: str) -> None:
        """Make or replace a Secret in the operator's namespace."""
        self._create("Secret", name, stringData=values)

    def create_config_map(self, name: str, **values: str) -> None:
        """Make or replace a ConfigMap in the operator's namespace."""
        self._create("ConfigMap", name, data=values)

    def _create(self, kind: str, name: str, **content: object) -> None:
        metadata = {"name": name, "namespace": NAMESPACE}
        manifest = {"apiVersion": "v1", "kind": kind, "metadata": metadata, **content}
        self.control_plane.kubectl("apply", "-f", "-", stdin=json.dumps(manifest))


class Device(Admin):
    """A device, and its operator as a process beside it."""

    def __init__(
        self, control_plane: ControlPlane, directory: Path, clock: DeviceClock | None = None
    ) -> None:
        """Install CRD and manifests; the host root is a copy that a test may spoil.

        Without a `clock` it has the machine's, which need not be one that a kernel vouches for.
        """
        super().__init__(control_plane)
        self.directory = directory
        self._clock_environment = {} if clock is None else clock.environment()
        self.host_root = directory / "host"
        shutil.copytree(HOST_ROOTS / "rhel-rpm", self.host_root, symlinks=True)
        kubectl = control_plane.kubectl
        kubectl("apply", "--server-side", "--force-conflicts", "-k", str(REPOSITORY / "crds"))
        kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=30s")
        kubectl("apply", "-k", str(REPOSITORY / "deploy" / "base"))

    @property
    def pull_secret(self) -> Path:
        """The file with the device's pull secret."""
        return self.host_root / "etc" / "crio" / "openshift-pull-secret"

    def start_operator(self, kubeconfig: Path | None = None, **environment: str) -> OperatorProcess:
        """Start the operator, whatever becomes of it.

        Without a `kubeconfig` it has its ServiceAccount's token.
        """
        return OperatorProcess(
            self.directory,
            kubeconfig or self.control_plane.service_account_kubeconfig(NAMESPACE, SERVICE_ACCOUNT),
            self.host_root,
            host=self.control_plane.host,
            environment={
                "TELEMETRY_NAMESPACE": NAMESPACE,
                **self._clock_environment,
                **environment,
            },
        )

    @contextmanager
    def operator(self, **environment: str) -> Iterator[OperatorProcess]:
        """Run the operator until the block ends; it is healthy when the block begins."""
        with self.start_operator(None, **environment) as process:
            process.wait_until_healthy()
            yield process

    def clean_up(self) -> None:
        """Delete what a test may have left, so that the control plane can serve the next one."""
        kubectl = self.control_plane.kubectl
        kubectl("delete", "tcfg", "--all", "--timeout=20s")
        kubectl("delete", "secret,configmap", "--all", f"--namespace={NAMESPACE}")
