"""The real receivers' programs, built from Go modules as the other tools are."""

import re
from pathlib import Path

from tests.support.go_module import GoModule, built
from tests.support.tools import PROMETHEUS, cache_directory

__all__ = ["CORTEX", "PROMETHEUS", "THANOS", "VICTORIA_METRICS", "program", "version"]

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
        "victoria-metrics": "github.com/VictoriaMetrics/VictoriaMetrics/app/victoria-metrics"
    },
    tags="netgo",
)


def program(module: GoModule) -> Path:
    """Give the module's one program, building it first when it is missing.

    Raises:
        GoError: it can't be built.
    """
    [name] = module.packages
    return built(module, cache_directory()) / name


def version(module: GoModule) -> str:
    """Read the version that go.mod pins; Prometheus' module v0.315.0 is the product's 3.15.0."""
    [package] = module.packages.values()
    go_mod = (module.directory / "go.mod").read_text()
    for path, found in re.findall(r"^\s*(?:require )?(\S+) v(\S+)", go_mod, flags=re.MULTILINE):
        if package.startswith(f"{path}/"):
            return re.sub(r"^0\.3(\d\d)\.", r"3.\1.", str(found))
    raise LookupError(f"{package}: not in {module.directory}/go.mod")
