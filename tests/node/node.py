"""A real node with its control plane: it boots, loses its power, and boots again."""

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Self

from tests.node.container_runtime import import_image, start_containerd
from tests.node.kubelet import NODE_NAME, resolv_conf, start_kubelet, start_scheduler
from tests.node.machine import Machine
from tests.support.control_plane import ControlPlane
from tests.support.process import ManagedProcess
from tests.support.tools import Tools

API_ADDRESS = "10.43.0.1"
"""That of the Service `kubernetes`, so that pods find the API server without kube-proxy."""
NODE_ADDRESS = "10.99.0.2"
RECEIVER_ADDRESS = "10.99.0.1"
"""Where pods reach what a test serves; 127.0.0.1 would be their own."""
NO_NAME_SERVER = "192.0.2.1"
"""An address that no host has (RFC 5737)."""
READY_SECONDS = 60


class Node:
    """One machine with etcd, API server, controllers, scheduler, containerd and kubelet."""

    def __init__(self, directory: Path, tools: Tools, kubelet: Path, kube_scheduler: Path) -> None:
        """Prepare it; what the servers say stays below `directory`, the disk goes with the node."""
        self.machine = Machine(directory)
        self.control_plane = ControlPlane(
            directory / "control-plane", tools, host=API_ADDRESS, port=443
        )
        self._kubelet, self._kube_scheduler = kubelet, kube_scheduler
        self._running_kubelet: ManagedProcess | None = None
        self._boot = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.callback(shutil.rmtree, self.machine.disk)
            stack.callback(self.cut_power)
            for address in (API_ADDRESS, NODE_ADDRESS, RECEIVER_ADDRESS):
                _ip("address", "replace", f"{address}/32", "dev", "lo")
            _ip("link", "set", "lo", "up")
            self.boot()
            stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.cut_power()
        finally:
            shutil.rmtree(self.machine.disk)

    def boot(self) -> None:
        """Switch the machine on and start everything; pods come up by themselves.

        Raises:
            ProcessError: a server is not ready in time.
        """
        with ExitStack() as stack:
            stack.callback(self.machine.switch_off)
            self.machine.switch_on()
            layout = self.control_plane.layout
            containerd = start_containerd(self.machine, self.machine.disk)
            stack.enter_context(containerd)
            stack.enter_context(self.control_plane)
            stack.enter_context(start_scheduler(self.machine, self._kube_scheduler, layout))
            self.set_name_server(NO_NAME_SERVER)
            stack.callback(self._stop_kubelet)
            self.start_kubelet()
            self._boot = stack.pop_all()

    def start_kubelet(self) -> None:
        """Start the kubelet, and wait until the node is Ready.

        Raises:
            ProcessError: it is not in time.
        """
        layout = self.control_plane.layout
        kubelet = start_kubelet(self.machine, self._kubelet, layout, NODE_ADDRESS)
        self._running_kubelet = kubelet
        kubelet.wait_until(self._is_ready, READY_SECONDS)

    def restart_microshift(self, *, has_kubelet: bool = True) -> None:
        """Start API server and kubelet anew, as MicroShift does, which is both; pods run on.

        Without a kubelet the node stays what the last one said of it.
        """
        self._stop_kubelet()
        self.control_plane.stop_api_server()
        self.control_plane.start_api_server()
        if has_kubelet:
            self.start_kubelet()

    def _stop_kubelet(self) -> None:
        """End the kubelet itself, which is the child of who has brought it onto the machine."""
        kubelet, self._running_kubelet = self._running_kubelet, None
        if kubelet is not None and kubelet.exit_code is None:
            children = Path(f"/proc/{kubelet.pid}/task/{kubelet.pid}/children").read_text()
            for child in children.split():
                os.kill(int(child), signal.SIGTERM)
            kubelet.wait(READY_SECONDS)

    def set_name_server(self, address: str) -> None:
        """Have the device know this name server, as its modem does when it comes up."""
        resolv_conf(self.control_plane.layout.directory).write_text(f"nameserver {address}\n")

    def cut_power(self) -> None:
        """Switch off without a warning: every process of the node is gone at once.

        The control plane's servers don't live on the machine, so they are killed beside it.
        """
        self.control_plane.kill()
        self.machine.switch_off()
        self._boot.close()
        with suppress(subprocess.CalledProcessError):  # no pod has ever run
            _ip("link", "delete", "cni0")

    def import_images(self, archives: Sequence[Path]) -> None:
        """Give the node images, as docker archives; they outlive a boot."""
        for archive in archives:
            import_image(self.machine, archive)

    def _is_ready(self) -> bool:
        condition = '{.status.conditions[?(@.type=="Ready")].status}'
        arguments = ("get", "node", NODE_NAME, f"--output=jsonpath={condition}")
        return self.control_plane.kubectl(*arguments, check=False) == "True"


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)
