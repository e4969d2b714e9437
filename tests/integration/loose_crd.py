"""A CRD that checks nothing for a while, as an older one may have checked less."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.device import Device
from tests.support.waiting import wait_for

CRD = "telemetryconfigs.telemetry.microshift.io"
NONSENSE = "gopher://nowhere"


@contextmanager
def without_validation(device: Device) -> Iterator[None]:
    """Let every spec of an existing object `cluster` pass; what is stored then stays.

    For a device with a control plane of its own.
    """
    kubectl = device.control_plane.kubectl
    definition = json.loads(kubectl("get", "crd", CRD, "-o", "json"))
    del definition["metadata"]["resourceVersion"]
    strict = json.dumps(definition)
    spec = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    spec.clear()
    spec.update({"type": "object", "x-kubernetes-preserve-unknown-fields": True})
    kubectl("replace", "-f", "-", stdin=json.dumps(definition))
    wait_for("the loosened CRD", lambda: _takes_nonsense(device), 20)
    yield
    kubectl("replace", "-f", "-", stdin=strict)
    wait_for("the strict CRD", lambda: not _takes_nonsense(device), 20)


def _takes_nonsense(device: Device) -> bool:
    said = device.control_plane.kubectl(
        *("patch", "tcfg", "cluster", "--dry-run=server", "--type=merge", "-o", "json"),
        *("--patch", json.dumps({"spec": {"endpoint": f"{NONSENSE}/at-all"}})),
        check=False,
    )
    return f'"{NONSENSE}/at-all"' in said and '"kind": "TelemetryConfig"' in said
