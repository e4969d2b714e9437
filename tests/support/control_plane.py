"""A real control plane without nodes: etcd, kube-apiserver and mostly kube-controller-manager."""

import json
import ssl
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self
from urllib.request import HTTPSHandler, ProxyHandler, build_opener

import kubernetes.client

from tests.support.certificates import Authority, client_context
from tests.support.control_plane_servers import (
    Layout,
    start_api_server,
    start_controller_manager,
    start_etcd,
)
from tests.support.kubeconfig import api_client, token_user, write_kubeconfig
from tests.support.process import ManagedProcess
from tests.support.tools import Tools

READY_SECONDS = 60
API_SERVER_GRACE_SECONDS = 2
"""It would wait a minute for open watches to end."""


class KubectlError(Exception):
    """kubectl ended with an error; the text is its command and what it said."""


class ControlPlane:
    """One Kubernetes API on loopback, up while its context lasts.

    Nodes and pods are mere objects, unless someone starts a kubelet and a scheduler.
    """

    def __init__(
        self,
        directory: Path,
        tools: Tools,
        *,
        host: str = "127.0.0.1",
        port: int | None = None,
        has_controllers: bool = True,
    ) -> None:
        """Prepare certificates and files below `directory`; `host` may be `::1`.

        A `port` is given where kubelets and their pods have to find it. Without controllers,
        Deployments make no pods, and deleted namespaces stay. Entered again, it keeps its data.
        """
        self.layout = Layout.below(directory, host, port)
        self.directory = directory
        self.host = host
        self.server = self.layout.server
        self.ca_file = self.layout.ca_file
        self.kubeconfig = self.layout.kubeconfig
        self._tools = tools
        self.has_controllers = has_controllers
        self._etcd: ManagedProcess | None = None
        self._api_server: ManagedProcess | None = None
        self._controller_manager: ManagedProcess | None = None
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._etcd = stack.enter_context(start_etcd(self._tools, self.layout))
            self._etcd.wait_until(lambda: _answers(f"{self.layout.etcd_url}/readyz"), READY_SECONDS)
            stack.callback(self.stop_api_server)
            self.start_api_server()
            stack.callback(self._stop_controller_manager)
            if self.has_controllers:
                self.restart_controller_manager()
            for namespace in ("default", "kube-system", "kube-public"):
                prepare_for_pods(self, namespace)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def kill(self) -> None:
        """End the three servers at once, as a power cut would; the context ends as ever.

        etcd goes first: what the others do in the instant until their turn is stored nowhere.
        """
        for server in (self._etcd, self._api_server, self._controller_manager):
            if server is not None:
                server.kill()

    @property
    def api(self) -> kubernetes.client.ApiClient:
        """A new client with the admin's identity, for the classes of `kubernetes.client`."""
        return api_client(self.kubeconfig)

    def kubectl(self, *arguments: str, stdin: str | None = None, check: bool = True) -> str:
        """Run kubectl as the admin and tell what it wrote, its errors only when `check` is off.

        Raises:
            KubectlError: it ended with an error and `check` is on.
        """
        identity = [f"--kubeconfig={self.kubeconfig}", f"--cache-dir={self.directory / 'kubectl'}"]
        done = subprocess.run(
            [self._tools.kubectl, *identity, *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        if check and done.returncode != 0:
            raise KubectlError(f"kubectl {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout if check else done.stdout + done.stderr

    def service_account_kubeconfig(
        self, namespace: str, name: str, expiration_seconds: int = 3600
    ) -> Path:
        """Write a kubeconfig with a fresh token of a ServiceAccount; called again, it rotates it.

        The token stands in a file of its own, `token` beside the kubeconfig, replaced atomically.
        """
        directory = self.directory / "service-accounts" / namespace / name
        directory.mkdir(parents=True, exist_ok=True)
        token = self.kubectl(
            "create", "token", name, f"--namespace={namespace}", f"--duration={expiration_seconds}s"
        )
        new_file = directory / "token.new"
        new_file.touch(mode=0o600)
        new_file.write_text(token.strip())
        token_file = new_file.rename(directory / "token")
        return write_kubeconfig(
            directory / "kubeconfig", self.server, self.ca_file, token_user(token_file), namespace
        )

    def audit_events(self) -> list[dict[str, Any]]:
        """Read every finished request so far (`audit.k8s.io/v1` Events, oldest first)."""
        lines = self.layout.audit_log.read_text().splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.endswith("\n")]

    def stop_api_server(self) -> None:
        """Stop the API server; etcd keeps what it knew."""
        if self._api_server is not None:
            self._api_server.stop(grace_seconds=API_SERVER_GRACE_SECONDS)
            self._api_server = None

    def start_api_server(self) -> None:
        """Start the API server, after a stop at the same address with the same data.

        Raises:
            ProcessError: it did not become ready.
        """
        self._api_server = start_api_server(self._tools, self.layout)
        self._api_server.wait_until(self._is_api_server_ready, READY_SECONDS)

    def change_authority(self) -> None:
        """Give the API server, while it is down, a certificate of a new authority.

        Everyone's file names the new one first; the old one stays for the sake of the clients that
        it has signed.
        """
        newcomer = Authority(self.layout.directory / "new-authority", "new authority")
        pair = newcomer.issue("kube-apiserver", hosts=[self.host, "localhost"])
        pair.certificate.replace(self.layout.serving.certificate)
        pair.key.replace(self.layout.serving.key)
        self.ca_file.write_bytes(newcomer.ca_file.read_bytes() + self.ca_file.read_bytes())

    def restart_controller_manager(self) -> None:
        """Start the controllers, after a stop where they run: each start of MicroShift does so.

        Its garbage collector then asks at once which kinds there are; later only twice a minute.
        """
        self._stop_controller_manager()
        self._controller_manager = start_controller_manager(self._tools, self.layout)

    def _stop_controller_manager(self) -> None:
        if self._controller_manager is not None:
            self._controller_manager.stop()
            self._controller_manager = None

    def _is_api_server_ready(self) -> bool:
        tls = client_context(self.ca_file, self.layout.admin)
        return _answers(f"{self.server}/readyz", tls)


def prepare_for_pods(control_plane: ControlPlane, namespace: str) -> None:
    """Wait until pods may be made there: the controllers make a ServiceAccount for them."""
    soon = ("--for=create", f"--timeout={READY_SECONDS}s")
    if not control_plane.has_controllers:
        control_plane.kubectl("wait", f"namespace/{namespace}", *soon)
        # At a second start it is there already.
        create = ("create", "serviceaccount", "default", f"--namespace={namespace}")
        control_plane.kubectl(*create, check=False)
    control_plane.kubectl("wait", "serviceaccount/default", f"--namespace={namespace}", *soon)


def _answers(url: str, tls: ssl.SSLContext | None = None) -> bool:
    direct = build_opener(ProxyHandler({}), HTTPSHandler(context=tls))
    try:
        with direct.open(url, timeout=5) as response:
            return bool(response.status == 200)
    except OSError:
        return False
