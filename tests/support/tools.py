"""The real programs that tests and demo run, and the one place that gets them.

`python -m tests.support.tools [node-exporter]` builds what is missing and says where it is.
"""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from tests.support.go_module import GoModule, built
from tests.support.go_toolchain import GoError

KUBERNETES_VERSION = "v1.36.3"
_VERSION_PACKAGE = "k8s.io/component-base/version"
_STRIPPED = "-s -w"

KUBERNETES = GoModule(
    name="kubernetes",
    packages={
        "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
        "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
        "kubectl": "k8s.io/kubernetes/cmd/kubectl",
        "etcd": "go.etcd.io/etcd/server/v3",
    },
    flags=(
        "-trimpath",
        f"-ldflags={_STRIPPED}"
        f" -X {_VERSION_PACKAGE}.gitVersion={KUBERNETES_VERSION}"
        f" -X {_VERSION_PACKAGE}.gitMajor=1 -X {_VERSION_PACKAGE}.gitMinor=36",
    ),
    how_long="about 4 minutes",
)
NODE = replace(
    KUBERNETES,
    packages={
        "kubelet": "k8s.io/kubernetes/cmd/kubelet",
        "kube-scheduler": "k8s.io/kubernetes/cmd/kube-scheduler",
    },
    how_long="about 3 minutes",
)
PROMETHEUS = GoModule(
    name="prometheus",
    packages={"prometheus": "github.com/prometheus/prometheus/cmd/prometheus"},
    flags=("-trimpath", "-tags=netgo", f"-ldflags={_STRIPPED}"),
    how_long="about 4 minutes",
)
NODE_EXPORTER = GoModule(
    name="node-exporter",
    packages={"node_exporter": "github.com/prometheus/node_exporter"},
    flags=("-trimpath", f"-ldflags={_STRIPPED}"),
    how_long="less than a minute",
)
OTEL_COLLECTOR = GoModule(
    name="otel-collector",
    packages={"otel-collector": "microshift-telemetry/tests/tools/otel-collector"},
    flags=("-trimpath", f"-ldflags={_STRIPPED}"),
    how_long="about a minute",
)


@dataclass(frozen=True, slots=True)
class Tools:
    """Where the programs are."""

    etcd: Path
    kube_apiserver: Path
    kube_controller_manager: Path
    kubectl: Path
    prometheus: Path


def build_tools() -> Tools:
    """Build what is missing; `KUBEBUILDER_ASSETS`, when set, is used for what it has.

    Raises:
        GoError: something can't be built.
    """
    find = _kubernetes_finder()
    return Tools(
        etcd=find("etcd"),
        kube_apiserver=find("kube-apiserver"),
        kube_controller_manager=find("kube-controller-manager"),
        kubectl=find("kubectl"),
        prometheus=built(PROMETHEUS, cache_directory()) / "prometheus",
    )


def cache_directory() -> Path:
    """Outside of the checkout, so that a fresh clone need not build again."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"  # noqa: TID251  # the user's
    return Path(cache) / "microshift-telemetry" / "tools"


def _kubernetes_finder() -> Callable[[str], Path]:
    assets = os.environ.get("KUBEBUILDER_ASSETS")  # noqa: TID251  # envtest's habit, for tests only
    missing = [
        name for name in KUBERNETES.packages if not (assets and Path(assets, name).is_file())
    ]
    folder = built(KUBERNETES.only(*missing), cache_directory()) if missing else Path()
    return lambda name: folder / name if name in missing else Path(assets or "", name)


def main() -> None:
    """Build, and say where everything is."""
    try:
        tools = build_tools()
        print(f"{tools.kubectl.parent}\n{tools.prometheus.parent}")
        if NODE_EXPORTER.name in sys.argv[1:]:
            print(built(NODE_EXPORTER, cache_directory()))
    except GoError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
