"""The oldest Kubernetes that is claimed: its API server and controllers, beside today's etcd."""

import subprocess
from pathlib import Path

from tests.support.go_module import GoModule, built
from tests.support.tools import KUBERNETES_VERSION, Tools, cache_directory

OLDEST_VERSION = "v1.30.14"
_VERSION_PACKAGE = "k8s.io/component-base/version"

OLDEST = GoModule(
    name="kubernetes-1.30",
    packages={
        "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
        "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
    },
    ldflags=f"-X {_VERSION_PACKAGE}.gitVersion={OLDEST_VERSION}"
    f" -X {_VERSION_PACKAGE}.gitMajor=1 -X {_VERSION_PACKAGE}.gitMinor=30",
)


def assets(directory: Path, tools: Tools, version: str) -> Path:
    """Lay out what `KUBEBUILDER_ASSETS` names: servers of one version, kubectl and etcd of today.

    Raises:
        GoError: the old servers can't be built.
        ValueError: a server says that it is of another version.
    """
    servers = (tools.kube_apiserver, tools.kube_controller_manager)
    if version != KUBERNETES_VERSION:
        folder = built(OLDEST, cache_directory())
        servers = (folder / servers[0].name, folder / servers[1].name)
    directory.mkdir(parents=True, exist_ok=True)
    for program in (*servers, tools.kubectl, tools.etcd):
        link = directory / program.name
        link.unlink(missing_ok=True)
        link.symlink_to(program)
    for server in servers:
        said = subprocess.check_output([directory / server.name, "--version"], text=True).strip()
        if said != f"Kubernetes {version}":
            raise ValueError(f"{server}: {said}, not {version}")
    return directory
