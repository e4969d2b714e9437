"""OpenShift's kind SecurityContextConstraints, which every MicroShift serves, as a definition."""

import json
from typing import Any

from tests.support.control_plane import ControlPlane

_NAME = "securitycontextconstraints.security.openshift.io"
_FLAGS = ("HostDirVolumePlugin", "HostIPC", "HostNetwork", "HostPID", "HostPorts")
_LISTS = (
    *("allowedCapabilities", "defaultAddCapabilities", "requiredDropCapabilities"),
    *("allowedUnsafeSysctls", "forbiddenSysctls", "seccompProfiles", "users", "groups", "volumes"),
)
_STRATEGIES = ("fsGroup", "runAsUser", "seLinuxContext", "supplementalGroups")


def lay_security_context_constraints(control_plane: ControlPlane) -> None:
    """Make the kind known; its fields stand at the top, and unknown ones are refused."""
    control_plane.kubectl("apply", "--server-side", "--filename=-", stdin=json.dumps(_definition()))
    control_plane.kubectl("wait", f"crd/{_NAME}", "--for=condition=Established", "--timeout=30s")


def _definition() -> dict[str, Any]:
    names = {
        "kind": "SecurityContextConstraints",
        "listKind": "SecurityContextConstraintsList",
        "plural": "securitycontextconstraints",
        "singular": "securitycontextconstraints",
    }
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": _schema()},
    }
    spec = {
        "group": "security.openshift.io",
        "names": names,
        "scope": "Cluster",
        "versions": [version],
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": _NAME},
        "spec": spec,
    }


def _schema() -> dict[str, Any]:
    flag = {"type": "boolean"}
    texts = {"type": "array", "nullable": True, "items": {"type": "string"}}
    required = [
        *(f"allow{flag}" for flag in _FLAGS),
        *("allowPrivilegedContainer", "readOnlyRootFilesystem"),
    ]
    strategy = {
        "type": "object",
        "nullable": True,
        "properties": {"type": {"type": "string"}, "uid": {"type": "integer", "format": "int64"}},
    }
    properties = {
        **dict.fromkeys(required, flag),
        **dict.fromkeys(("allowPrivilegeEscalation", "defaultAllowPrivilegeEscalation"), flag),
        **dict.fromkeys(_LISTS, texts),
        **dict.fromkeys(_STRATEGIES, strategy),
        "priority": {"type": "integer", "format": "int32", "nullable": True},
    }
    return {"type": "object", "required": required, "properties": properties}
