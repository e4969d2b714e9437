"""A kubelet of the node's own, and a scheduler for its pods."""

from pathlib import Path

import yaml

from tests.node.container_runtime import SOCKET
from tests.node.machine import CGROUP, Machine
from tests.support.control_plane_servers import Layout
from tests.support.kubeconfig import certificate_user, write_kubeconfig
from tests.support.process import ManagedProcess

NODE_NAME = "edge-1"
INSTANCE_TYPE = "rhde"


def start_kubelet(
    machine: Machine, program: Path, control_plane: Layout, address: str
) -> ManagedProcess:
    """Start the kubelet; its files stay in the control plane's directory for the next boot."""
    directory = control_plane.directory / "kubelet"
    config = directory / "config.yaml"
    serving = control_plane.authority.issue("kubelet", hosts=[address, NODE_NAME])
    client = control_plane.authority.issue(f"system:node:{NODE_NAME}", organization="system:nodes")
    directory.mkdir(exist_ok=True)
    kubeconfig = write_kubeconfig(
        directory / "kubeconfig",
        control_plane.server,
        control_plane.ca_file,
        certificate_user(client),
    )
    config.write_text(yaml.safe_dump(_config(control_plane.ca_file, address, directory)))
    flags = [
        f"--config={config}",
        f"--kubeconfig={kubeconfig}",
        f"--hostname-override={NODE_NAME}",
        f"--node-ip={address}",
        f"--root-dir={directory}",
        f"--cert-dir={directory}",
        f"--tls-cert-file={serving.certificate}",
        f"--tls-private-key-file={serving.key}",
        f"--node-labels=node.kubernetes.io/instance-type={INSTANCE_TYPE}",
    ]
    return machine.start("kubelet", [program, *flags], control_plane.directory / "kubelet.log")


def resolv_conf(control_plane: Path) -> Path:
    """Locate what the device knows of name servers; of them a pod is told when it is made."""
    return control_plane / "resolv.conf"


def start_scheduler(machine: Machine, program: Path, control_plane: Layout) -> ManagedProcess:
    """Start the scheduler, with the kubelet and unlike the control plane's other servers."""
    flags = [
        f"--kubeconfig={control_plane.kubeconfig}",
        "--leader-elect=false",
        "--secure-port=0",
    ]
    return machine.start("kube-scheduler", [program, *flags], control_plane.log(program))


def _config(ca_file: Path, address: str, directory: Path) -> object:
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "containerRuntimeEndpoint": f"unix://{SOCKET}",
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{CGROUP}",
        "failCgroupV1": False,
        "failSwapOn": False,
        "makeIPTablesUtilChains": False,
        "address": address,
        "healthzPort": 0,
        "resolvConf": str(resolv_conf(directory.parent)),
        "podLogsDir": str(directory / "pod-logs"),
        "volumePluginDir": str(directory / "volume-plugins"),
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(ca_file)},
        },
        "authorization": {"mode": "Webhook"},
        # The machine's disk is not the node's: never collect images nor evict for its sake.
        "imageGCHighThresholdPercent": 100,
        "evictionHard": {"memory.available": "50Mi"},
        # A pod that is restarted on purpose comes back at once, not after minutes.
        "crashLoopBackOff": {"maxContainerRestartPeriod": "1s"},
    }
