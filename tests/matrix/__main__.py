"""`python -m tests.matrix [NAME …]`: the tests on the oldest and the newest that is claimed.

The names are those of the last lines, such as `kubernetes-v1.30.14` or `python3.13`.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from tests.matrix.old_kubernetes import OLDEST_VERSION, assets
from tests.matrix.pythons import make_environment, pythons
from tests.support.go_toolchain import REPOSITORY, GoError
from tests.support.tools import KUBERNETES_VERSION, build_tools

ON_KUBERNETES = (
    "tests/crd",
    "tests/integration/test_delivery.py",
    "tests/integration/test_counts.py",
)
BUILD = REPOSITORY / "build" / "matrix"
ENVIRONMENT = os.environ  # noqa: TID251  # the tests' own processes inherit it


def main() -> int:
    """Run every part, or those that are named; tell each one's end; 1 when one failed."""
    parts = _parts()
    names = sys.argv[1:] or list(parts)
    if unknown := set(names) - set(parts):
        sys.exit(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(parts)}")
    told = []
    for name in names:
        print(f"\n== {name}", flush=True)
        began = time.monotonic()
        outcome = _outcome(parts[name])
        told.append(f"{name:22} {outcome:8} {(time.monotonic() - began) / 60:5.1f} min")
    print("\n" + "\n".join(told))
    return any("passed" not in line for line in told)


def _parts() -> Mapping[str, Callable[[], None]]:
    kubernetes = {
        f"kubernetes-{version}": partial(_try_kubernetes, version)
        for version in (OLDEST_VERSION, KUBERNETES_VERSION)
    }
    found = pythons(ENVIRONMENT)
    return kubernetes | {path.name: partial(_try_python, path) for path in found.values()}


def _outcome(part: Callable[[], None]) -> str:
    try:
        part()
    except (GoError, ValueError, subprocess.CalledProcessError) as error:
        print(error, file=sys.stderr)
        return "FAILED"
    return "passed"


def _try_kubernetes(version: str) -> None:
    directory = assets(BUILD / f"kubernetes-{version}", build_tools(), version)
    environment = {**ENVIRONMENT, "KUBEBUILDER_ASSETS": str(directory)}
    _pytest(Path(sys.executable), "--maxschedchunk=1", *ON_KUBERNETES, environment=environment)


def _try_python(python: Path) -> None:
    inside = make_environment(python, BUILD / python.name)
    _pytest(inside, "tests/unit", environment=ENVIRONMENT)


def _pytest(python: Path, *arguments: str, environment: Mapping[str, str]) -> None:
    pytest = ("-m", "pytest", "--quiet", "--numprocesses=2")
    subprocess.run([python, *pytest, *arguments], cwd=REPOSITORY, env=environment, check=True)


if __name__ == "__main__":
    sys.exit(main())
