"""What MicroShift does with a manifest directory, and what comes out of one."""

from collections.abc import Iterator, Mapping
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


def start(control_plane: ControlPlane, *directories: str) -> None:
    """Apply directories of `deploy/` in order, as one start of MicroShift does."""
    for directory in directories:
        control_plane.kubectl(*APPLY, f"--kustomize={DEPLOY / directory}")


def rendered(control_plane: ControlPlane, directory: str) -> list[Object]:
    """List the objects that a directory of `deploy/` brings."""
    return list(yaml.safe_load_all(control_plane.kubectl("kustomize", str(DEPLOY / directory))))


def of_kind(objects: list[Object], kind: str) -> Object:
    """Pick the only object of a kind."""
    [found] = [each for each in objects if each["kind"] == kind]
    return found


def containers(pod: Object) -> Iterator[Object]:
    """List every container of a pod's spec, the ones that run first included."""
    yield from pod.get("initContainers", ())
    yield from pod["containers"]
