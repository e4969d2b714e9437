"""The real programs that tests and demo run, and the one place that gets them.

`python -m tests.support.tools [NAME...]` builds the programs that are named, or all that tests
need, and says where they are. A new one is a folder with go.mod and go.sum in `tests/tools` and a
`GoModule` here.
"""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.support.go_module import GoModule, built
from tests.support.go_toolchain import GoError

KUBERNETES_VERSION = "v1.36.3"
_VERSION_PACKAGE = "k8s.io/component-base/version"

KUBERNETES = GoModule(
    name="kubernetes",
    packages={
        "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
        "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
        "kube-scheduler": "k8s.io/kubernetes/cmd/kube-scheduler",
        "kubectl": "k8s.io/kubernetes/cmd/kubectl",
        "kubelet": "k8s.io/kubernetes/cmd/kubelet",
        "etcd": "go.etcd.io/etcd/server/v3",
    },
    ldflags=f"-X {_VERSION_PACKAGE}.gitVersion={KUBERNETES_VERSION}"
    f" -X {_VERSION_PACKAGE}.gitMajor=1 -X {_VERSION_PACKAGE}.gitMinor=36",
)
CONTROL_PLANE = ("etcd", "kube-apiserver", "kube-controller-manager", "kubectl")
NODE = (*CONTROL_PLANE, "kubelet", "kube-scheduler")
PROMETHEUS = GoModule(
    name="prometheus",
    packages={
        "prometheus": "github.com/prometheus/prometheus/cmd/prometheus",
        "promtool": "github.com/prometheus/prometheus/cmd/promtool",
    },
    # Without the clouds' service discoveries it takes half the time.
    tags="netgo,remove_all_sd",
)
NODE_EXPORTER = GoModule(
    name="node-exporter",
    packages={"node_exporter": "github.com/prometheus/node_exporter"},
)
PUSHGATEWAY = GoModule(
    name="pushgateway",
    packages={"pushgateway": "github.com/prometheus/pushgateway"},
)
OTEL_COLLECTOR = GoModule(
    name="otel-collector",
    packages={"otel-collector": "microshift-telemetry/tests/tools/otel-collector"},
)
THANOS = GoModule(
    name="thanos",
    packages={"thanos": "github.com/thanos-io/thanos/cmd/thanos"},
    # Without slicelabels `thanos query` panics.
    tags="netgo,slicelabels",
)
CORTEX = GoModule(
    name="cortex",
    packages={"cortex": "github.com/cortexproject/cortex/cmd/cortex"},
    tags="netgo,slicelabels",
)
VICTORIA_METRICS = GoModule(
    name="victoria-metrics",
    packages={
        "victoria-metrics": "github.com/VictoriaMetrics/VictoriaMetrics/app/victoria-metrics",
        "vmagent": "github.com/VictoriaMetrics/VictoriaMetrics/app/vmagent",
        "vmalert": "github.com/VictoriaMetrics/VictoriaMetrics/app/vmalert",
    },
    tags="netgo",
)
GRAFANA_SCHEMA = GoModule(
    name="grafana-schema",
    packages={"grafana-schema": "microshift-telemetry/tests/tools/grafana-schema"},
)
MODULES = (
    KUBERNETES,
    PROMETHEUS,
    NODE_EXPORTER,
    PUSHGATEWAY,
    OTEL_COLLECTOR,
    THANOS,
    CORTEX,
    VICTORIA_METRICS,
    GRAFANA_SCHEMA,
)


@dataclass(frozen=True, slots=True)
class Tools:
    """Where the programs are."""

    etcd: Path
    kube_apiserver: Path
    kubectl: Path
    prometheus: Path

    @property
    def kube_controller_manager(self) -> Path:
        """Built when it is first asked for: the demo does without it."""
        return program("kube-controller-manager")

    @property
    def promtool(self) -> Path:
        """Built when it is first asked for: few tests check metrics or rules."""
        return program("promtool")


def build_tools() -> Tools:
    """Build what is missing; `KUBEBUILDER_ASSETS`, when set, is used for what it has.

    Raises:
        GoError: something can't be built.
    """
    etcd, kube_apiserver, kubectl = programs("etcd", "kube-apiserver", "kubectl")
    return Tools(etcd, kube_apiserver, kubectl, program("prometheus"))


def programs(*names: str) -> list[Path]:
    """Build what is missing of some programs of one module, together; say where each is.

    Raises:
        GoError: one can't be built, or has no module.
    """
    assets = Path(os.environ.get("KUBEBUILDER_ASSETS", "/nowhere"))  # noqa: TID251  # envtest's habit, for tests only
    missing = [name for name in names if not (assets / name).is_file()]
    folder = built(module_of(*missing), cache_directory(), *missing) if missing else assets
    return [(folder if name in missing else assets) / name for name in names]


def program(name: str) -> Path:
    """Build one program if it is missing; say where it is.

    Raises:
        GoError: it can't be built, or has no module.
    """
    [path] = programs(name)
    return path


def cache_directory() -> Path:
    """Outside of the checkout, so that a fresh clone need not build again."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"  # noqa: TID251  # the user's
    return Path(cache) / "microshift-telemetry" / "tools"


def module_of(*names: str) -> GoModule:
    """Find the module that builds all of some programs.

    Raises:
        GoError: there is none.
    """
    for module in MODULES:
        if set(names) <= set(module.packages):
            return module
    raise GoError(f"no module in tests/tools builds {', '.join(names)}")


def main() -> None:
    """Build, and say where everything is."""
    try:
        named: list[tuple[str, ...]] = [(name,) for name in sys.argv[1:]]
        wanted = named or [CONTROL_PLANE, ("prometheus",)]
        print(*(path for names in wanted for path in programs(*names)), sep="\n")
    except GoError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("interrupted; what was compiled is kept")


if __name__ == "__main__":
    main()
