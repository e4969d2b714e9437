"""containerd and the pods' network, set up so that nothing leaves the node's own directories."""

import json
from pathlib import Path

from tests.node.machine import Machine
from tests.support.process import ManagedProcess

SOCKET = "/run/containerd/containerd.sock"
PAUSE_IMAGE = "localhost/pause:test"
POD_NETWORK = "10.42.0.0/24"
READY_SECONDS = 30

# restrict_oom_score_adj: else every sandbox fails where CAP_SYS_RESOURCE is missing.
CONFIG = """\
version = 2
root = "{root}"
state = "/run/containerd"
disabled_plugins = ["io.containerd.internal.v1.opt"]
[grpc]
address = "{socket}"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "{pause}"
restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "/usr/lib/cni"
conf_dir = "{networks}"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
SystemdCgroup = false
"""
NETWORK = {
    "cniVersion": "1.0.0",
    "name": "pods",
    "plugins": [
        {
            "type": "bridge",
            "bridge": "cni0",
            "isDefaultGateway": True,
            "ipMasq": False,
            "ipam": {"type": "host-local", "ranges": [[{"subnet": POD_NETWORK}]]},
        }
    ],
}


def start_containerd(machine: Machine, directory: Path) -> ManagedProcess:
    """Start containerd; images and containers stay below `directory` for the next boot."""
    networks = directory / "networks"
    networks.mkdir(exist_ok=True)
    (networks / "pods.conflist").write_text(json.dumps(NETWORK))
    config = directory / "containerd.toml"
    config.write_text(
        CONFIG.format(
            root=directory / "containerd", socket=SOCKET, pause=PAUSE_IMAGE, networks=networks
        )
    )
    containerd = machine.start(
        "containerd", ["containerd", f"--config={config}"], directory / "containerd.log"
    )
    return containerd.started_when(lambda: _answers(machine), READY_SECONDS)


def import_image(machine: Machine, archive: Path) -> None:
    """Give the node a docker archive; its image keeps the name that the archive says."""
    machine.run(
        *("ctr", f"--address={SOCKET}", "--namespace=k8s.io"),
        *("images", "import", "--digests=false", archive),
    )


def _answers(machine: Machine) -> bool:
    command = ["ctr", f"--address={SOCKET}", "version"]
    with machine.start("ctr", command, Path("/dev/null")) as ctr:
        return ctr.wait(10) == 0
