"""OpenShift's kind SecurityContextConstraints, which every MicroShift serves."""

from pathlib import Path

from tests.support.control_plane import ControlPlane

_DEFINITION = Path(__file__).with_suffix(".yaml")


def lay_security_context_constraints(control_plane: ControlPlane) -> None:
    """Make the kind known: an object with unknown fields, or without a required one, is refused."""
    control_plane.kubectl("apply", "--server-side", f"--filename={_DEFINITION}")
    control_plane.kubectl(
        "wait", "--for=condition=Established", f"--filename={_DEFINITION}", "--timeout=30s"
    )
