"""The real receivers' programs, built from Go modules as the other tools are."""

import re
from pathlib import Path

from tests.support.go_module import GoModule, built
from tests.support.tools import cache_directory

_LDFLAGS = "-ldflags=-s -w"

PROMETHEUS = GoModule(
    name="prometheus",
    packages={"prometheus": "github.com/prometheus/prometheus/cmd/prometheus"},
    flags=("-trimpath", "-tags=netgo,remove_all_sd", _LDFLAGS),
    how_long="about 2 minutes",
)
THANOS = GoModule(
    name="thanos",
    packages={"thanos": "github.com/thanos-io/thanos/cmd/thanos"},
    # Without slicelabels `thanos query` panics.
    flags=("-trimpath", "-tags=netgo,slicelabels", _LDFLAGS),
    how_long="about 4 minutes",
)
CORTEX = GoModule(
    name="cortex",
    packages={"cortex": "github.com/cortexproject/cortex/cmd/cortex"},
    flags=("-trimpath", "-tags=netgo,slicelabels", _LDFLAGS),
    how_long="about 4 minutes",
)
VICTORIA_METRICS = GoModule(
    name="victoria-metrics",
    packages={
        "victoria-metrics": "github.com/VictoriaMetrics/VictoriaMetrics/app/victoria-metrics"
    },
    flags=("-trimpath", "-tags=netgo", _LDFLAGS),
    how_long="less than a minute",
)


def program(module: GoModule) -> Path:
    """Give the module's one program, building it first when it is missing.

    Raises:
        GoError: it can't be built.
    """
    [name] = module.packages
    return built(module, cache_directory()) / name


def version(module: GoModule) -> str:
    """Read the version that go.mod pins, as the product's people write it: `3.15.0`.

    Prometheus calls its Go module v0.315.0 where the product is 3.15.0.
    """
    [package] = module.packages.values()
    go_mod = (module.directory / "go.mod").read_text()
    for path, found in re.findall(r"^\s*(?:require )?(\S+) v(\S+)", go_mod, flags=re.MULTILINE):
        if package.startswith(f"{path}/"):
            return str(found)
    raise LookupError(f"{package}: not in {module.directory}/go.mod")
