"""The image as it runs on a device: as its own user, with the mounts and the token of its pod."""

import json
import os
import shutil
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from tests.image.container import specification
from tests.image.storage import run
from tests.support.device import NAMESPACE, SERVICE_ACCOUNT, Device
from tests.support.process import ManagedProcess

NAME = "test-operator"
IDENTITY = "/run/secrets/kubernetes.io/serviceaccount"
STATE = "/var/lib/microshift-telemetry"
STOP_SECONDS = 60


class OperatorContainer:
    """One container by runc on the network of this process, while its context lasts."""

    def __init__(self, root: Path, config: dict[str, Any], device: Device) -> None:
        """Lay out what it needs below the device's directory.

        `root` is a copy of the image's files to put mount points in, `config` its configuration.
        """
        self._directory = device.directory
        bundle = self._directory / "bundle"
        bundle.mkdir()
        (state := self._directory / "state").mkdir()
        uid, gid = map(int, config["User"].split(":"))
        os.chown(state, uid, gid)
        server = urlsplit(device.control_plane.server)
        environment = [
            *config["Env"],
            f"KUBERNETES_SERVICE_HOST={server.hostname}",
            f"KUBERNETES_SERVICE_PORT={server.port}",
        ]
        content = specification(root, config["Entrypoint"], environment, uid)
        content["process"]["user"]["gid"] = gid
        content["linux"]["namespaces"].remove({"type": "network"})
        content["mounts"] += [
            {"destination": "/run", "type": "tmpfs", "source": "tmpfs"},
            _bind(_lay_identity(self._directory / "identity", device), IDENTITY, "ro"),
            _bind(device.host_root, "/host", "ro"),
            _bind(state, STATE, "rw"),
        ]
        (bundle / "config.json").write_text(json.dumps(content))
        self._runc = ["runc", f"--root={self._directory / 'runc'}"]
        self._process: ManagedProcess | None = None

    def log(self) -> str:
        """What it has logged."""
        return (self._directory / "operator.log").read_text()

    def stop(self) -> int:
        """Send SIGTERM to its first process and tell the exit code.

        Raises:
            ProcessError: it still runs.
        """
        assert self._process is not None
        run([*self._runc, "kill", NAME, "TERM"])
        return self._process.wait(STOP_SECONDS)

    def __enter__(self) -> Self:
        command = [*self._runc, "run", f"--bundle={self._directory / 'bundle'}", NAME]
        self._process = ManagedProcess("runc", command, self._directory / "operator.log")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        assert self._process is not None
        if error is not None:
            error.add_note(f"the operator's log:\n{self.log()}")
        run([*self._runc, "delete", "--force", NAME])
        self._process.stop()


def _lay_identity(directory: Path, device: Device) -> Path:
    """Write what a kubelet mounts of a ServiceAccount, readable for any user."""
    kubeconfig = device.control_plane.service_account_kubeconfig(NAMESPACE, SERVICE_ACCOUNT)
    directory.mkdir()
    shutil.copyfile(kubeconfig.with_name("token"), directory / "token")
    shutil.copyfile(device.control_plane.ca_file, directory / "ca.crt")
    (directory / "namespace").write_text(NAMESPACE)
    return directory


def _bind(source: Path, destination: str, access: str) -> dict[str, Any]:
    return {
        "destination": destination,
        "type": "bind",
        "source": os.fspath(source),
        "options": ["bind", access],
    }
