"""What MicroShift does with a manifest directory, and what comes out of one."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.support.control_plane import ControlPlane
from tests.support.go_toolchain import REPOSITORY

DEPLOY = REPOSITORY / "deploy"
OVERLAYS = ("microshift", "kubernetes")

Object = Mapping[str, Any]

APPLY = (
    *("apply", "--server-side", "--force-conflicts", "--validate=strict"),
    "--field-manager=kubectl-client-side-apply",
)
"""How MicroShift applies every directory at every start."""


def start(control_plane: ControlPlane, *directories: str | Path) -> None:
    """Apply directories in order, below `deploy/` or elsewhere, as one start of MicroShift does."""
    for directory in directories:
        control_plane.kubectl(*APPLY, f"--kustomize={DEPLOY / directory}")


def remove(control_plane: ControlPlane, directory: str | Path) -> None:
    """Delete as MicroShift does: what is not there is no failure, and nothing is waited for."""
    control_plane.kubectl(
        "delete", "--ignore-not-found", "--wait=false", f"--kustomize={DEPLOY / directory}"
    )


def rendered(control_plane: ControlPlane, directory: str | Path) -> list[Object]:
    """List the objects that a directory brings, below `deploy/` or elsewhere."""
    return list(yaml.safe_load_all(control_plane.kubectl("kustomize", str(DEPLOY / directory))))


def of_kind(objects: list[Object], kind: str) -> Object:
    """Pick the only object of a kind."""
    [found] = [each for each in objects if each["kind"] == kind]
    return found


def containers(pod: Object) -> Iterator[Object]:
    """List every container of a pod's spec, the ones that run first included."""
    yield from pod.get("initContainers", ())
    yield from pod["containers"]
