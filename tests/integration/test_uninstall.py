"""Taking the operator off a device: everything goes within seconds, and nothing hangs.

Only Kubernetes' garbage collector lifts the finalizer `orphan` of a TelemetryConfig once the
operator is gone, so these tests begin where a device does: with a start after the installation.
"""

from pathlib import Path

import pytest

from tests.support.control_plane import ControlPlane
from tests.support.device import NAMESPACE, Device
from tests.support.fault_receiver import FaultReceiver
from tests.support.microshift import DEPLOY, Object, remove, rendered, start
from tests.support.security_context_constraints import lay_security_context_constraints
from tests.support.waiting import wait_for

ROUNDS = 5
SECONDS = 15
KINDS = (
    *("namespace", "crd", "clusterrole", "clusterrolebinding", "securitycontextconstraints"),
    *("validatingadmissionpolicy", "validatingadmissionpolicybinding"),
)
OF_NAMESPACES = ("deployment", "pod", "role", "rolebinding", "serviceaccount", "networkpolicy")


@pytest.mark.timeout(600)
@pytest.mark.parametrize("is_operator_alive", [True, False], ids=["alive", "dead"])
@pytest.mark.parametrize("overlay", ["microshift", "kubernetes"])
def test_everything_goes_within_seconds(
    own_device: Device,
    overlay: str,
    is_operator_alive: bool,  # noqa: FBT001  # a case of the table
) -> None:
    """By MicroShift's delete directory there, by `kubectl delete -k` on plain Kubernetes."""
    control_plane = own_device.control_plane
    lay_security_context_constraints(control_plane)
    removed = DEPLOY / "remove" if overlay == "microshift" else DEPLOY / "overlays" / overlay
    for number in range(ROUNDS):
        with FaultReceiver() as receiver:
            install(control_plane, DEPLOY / "overlays" / overlay)
            with own_device.operator() as operator:
                own_device.apply(endpoint=receiver.url, requested_at=str(number))
                own_device.wait_for("Reporting", "ReportDelivered")
                control_plane.restart_controller_manager()
                if not is_operator_alive:
                    operator.kill()
                remove(control_plane, removed)

                wait_for("everything gone", lambda: not left(control_plane), SECONDS)

    remove(control_plane, removed)


def test_the_delete_directory_lists_what_lies_outside_of_the_namespace(
    control_plane: ControlPlane,
) -> None:
    """What lies in it goes with it; a TelemetryConfig goes with its definition."""
    listed = identities(rendered(control_plane, "remove"))
    shipped = identities(rendered(control_plane, "overlays/microshift"))

    assert listed == {each for each in shipped if each[2] != NAMESPACE}
    assert "TelemetryConfig" not in {kind for _, kind, _, _ in listed}


def test_a_start_without_the_definition_finds_nothing_to_complain_of(own_device: Device) -> None:
    """The delete directory stays where it is, and is read at every later start."""
    control_plane = own_device.control_plane
    lay_security_context_constraints(control_plane)
    for _ in range(2):
        control_plane.restart_controller_manager()
        remove(control_plane, DEPLOY / "remove")
        wait_for("everything gone", lambda: not left(control_plane), SECONDS)


def install(control_plane: ControlPlane, directory: Path) -> None:
    """Apply as MicroShift does, and wait until the kind is served."""
    start(control_plane, directory)
    control_plane.kubectl(
        "wait", "crd/telemetryconfigs.telemetry.microshift.io", "--for=condition=Established"
    )


def left(control_plane: ControlPlane) -> list[str]:
    """List what still has our name, in whatever state."""
    everywhere = ["--output=name", "--ignore-not-found"]
    found = control_plane.kubectl("get", ",".join(KINDS), *everywhere)
    found += control_plane.kubectl("get", ",".join(OF_NAMESPACES), "--all-namespaces", *everywhere)
    return [name for name in found.splitlines() if "telemetry" in name]


def identities(objects: list[Object]) -> set[tuple[str, str, str | None, str]]:
    """Name objects: version, kind, namespace, name."""
    return {
        (
            each["apiVersion"],
            each["kind"],
            each["metadata"].get("namespace"),
            each["metadata"]["name"],
        )
        for each in objects
    }
