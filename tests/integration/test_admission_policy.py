"""The admission policy holds the operator to finalizers and status, which RBAC alone can't."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kubernetes.client import ApiException, CoreV1Api, CustomObjectsApi

from tests.crd.telemetry_configs import WHERE, Object, TelemetryConfigs, installed_on
from tests.support.clocks.device_clock import DeviceClock
from tests.support.control_plane import ControlPlane
from tests.support.device import NAMESPACE, NOBODY_LISTENS, SERVICE_ACCOUNT, Device
from tests.support.go_toolchain import REPOSITORY
from tests.support.kubeconfig import api_client
from tests.support.waiting import wait_for

COMPONENT = f"--kustomize={REPOSITORY}/deploy/components/admission-policy"
NAME = "admission-policy"
FOREIGN_FINALIZER = "site.example.com/inventory"
NO_FINALIZERS = '{"metadata": {"finalizers": null}}'
IN_FORCE_SECONDS = 30
OWN_EVENT: Object = {
    "involvedObject": {"kind": "TelemetryConfig", "name": NAME},
    "source": {"component": "microshift-telemetry"},
    "reason": "ReportDelivered",
}
NO_OTHER_EVENT = "the telemetry operator may write no event but its own, about a TelemetryConfig"


class Operator:
    """Requests with the token of the operator's ServiceAccount."""

    def __init__(self, control_plane: ControlPlane) -> None:
        kubeconfig = control_plane.service_account_kubeconfig(NAMESPACE, SERVICE_ACCOUNT)
        client = api_client(kubeconfig)
        self._objects, self._core = CustomObjectsApi(client), CoreV1Api(client)

    def patch(self, body: Object, **options: Any) -> Object:
        merge_patch = {"_content_type": "application/merge-patch+json", **options}
        patched = self._objects.patch_cluster_custom_object(
            name=NAME, body=body, **WHERE, **merge_patch
        )
        assert isinstance(patched, dict)
        return patched

    def patch_status(self, body: Object) -> Object:
        patched = self._objects.patch_cluster_custom_object_status(
            name=NAME, body=body, _content_type="application/merge-patch+json", **WHERE
        )
        assert isinstance(patched, dict)
        return patched

    def apply_event(self, name: str, **content: object) -> Object:
        """Write an event as the operator does, by server-side apply."""
        applied = self._core.patch_namespaced_event(
            name,
            "default",
            {"apiVersion": "v1", "kind": "Event", "metadata": {"name": name}, **content},
            field_manager="microshift-telemetry",
            force=True,
            _content_type="application/apply-patch+yaml",
        )
        found = applied.to_dict()
        assert isinstance(found, dict)
        return found

    def is_held(self) -> bool:
        try:
            self.patch({"spec": {"usageUnit": "Absolute"}}, dry_run="All")
        except ApiException as error:
            return "ValidatingAdmissionPolicy" in str(error.body)
        return False


@pytest.fixture(scope="module")
def admin(control_plane: ControlPlane) -> Iterator[TelemetryConfigs]:
    telemetry_configs = installed_on(control_plane)
    telemetry_configs.create(NAME, {"endpoint": NOBODY_LISTENS})
    yield telemetry_configs
    control_plane.kubectl("patch", "tcfg", NAME, "--type=merge", "--patch", NO_FINALIZERS)
    telemetry_configs.delete(NAME)


@pytest.fixture(scope="module")
def operator(control_plane: ControlPlane, admin: TelemetryConfigs) -> Iterator[Operator]:
    del admin
    operator = Operator(control_plane)
    operator.patch({"metadata": {"finalizers": [FOREIGN_FINALIZER]}})
    control_plane.kubectl("apply", "--server-side", "--force-conflicts", COMPONENT)
    wait_for("the policy in force", operator.is_held, IN_FORCE_SECONDS)
    yield operator
    control_plane.kubectl("delete", COMPONENT)
    control_plane.kubectl("delete", "events", "--all", "--namespace=default")


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ({"spec": {"status": "Disabled"}}, "the spec"),
        ({"spec": {"usageUnit": "Absolute"}}, "the spec"),
        ({"spec": {"endpoint": None}}, "the spec"),
        ({"metadata": {"labels": {"site": "north"}}}, "the labels"),
        ({"metadata": {"annotations": {"note": "mine"}}}, "the annotations"),
        (
            {
                "metadata": {
                    "ownerReferences": [
                        {"apiVersion": "v1", "kind": "Namespace", "name": "x", "uid": "y"}
                    ]
                }
            },
            "the owners",
        ),
        ({"metadata": {"finalizers": None}}, "any finalizer"),
        ({"metadata": {"finalizers": [FOREIGN_FINALIZER, "mine.example.com/x"]}}, "any finalizer"),
    ],
    ids=[
        *("an opt-out", "a field added", "a field taken away", "a label", "an annotation"),
        *("an owner", "a foreign finalizer lifted", "a foreign finalizer added"),
    ],
)
def test_the_operator_may_not_change(operator: Operator, body: Object, what: str) -> None:
    with pytest.raises(ApiException) as refused:
        operator.patch(body)

    assert f"the telemetry operator may not change {what} of a TelemetryConfig" in str(
        refused.value.body
    )


def test_the_operator_may_add_and_lift_its_own_finalizer(operator: Operator) -> None:
    added = operator.patch({"metadata": {"finalizers": [FOREIGN_FINALIZER, "orphan"]}})
    lifted = operator.patch({"metadata": {"finalizers": [FOREIGN_FINALIZER]}})

    assert added["metadata"]["finalizers"] == [FOREIGN_FINALIZER, "orphan"]
    assert lifted["metadata"]["finalizers"] == [FOREIGN_FINALIZER]


def test_the_operator_may_write_the_status_and_nothing_else_along_with_it(
    operator: Operator,
) -> None:
    body = {
        "metadata": {"labels": {"site": "north"}, "finalizers": None},
        "spec": {"status": "Disabled"},
        "status": {"pendingSamples": 7},
    }

    written = operator.patch_status(body)

    assert written["status"]["pendingSamples"] == 7
    assert written["spec"]["status"] == "Enabled"
    assert "labels" not in written["metadata"]
    assert FOREIGN_FINALIZER in written["metadata"]["finalizers"]


def test_the_operator_may_write_its_own_event_and_count_it_up(operator: Operator) -> None:
    operator.apply_event("own.1", **OWN_EVENT, count=1)

    counted = operator.apply_event("own.1", **OWN_EVENT, count=2)

    assert counted["count"] == 2


@pytest.mark.parametrize(
    "content",
    [
        {**OWN_EVENT, "involvedObject": {"kind": "Pod", "name": "web"}},
        {**OWN_EVENT, "source": {"component": "kubelet"}},
        {"involvedObject": OWN_EVENT["involvedObject"]},
    ],
    ids=["about a pod", "in another's name", "in nobody's name"],
)
def test_the_operator_may_write_no_other_event(operator: Operator, content: Object) -> None:
    wait_for("the policy", lambda: refusal_of(operator, "foreign.1", content), IN_FORCE_SECONDS)

    assert NO_OTHER_EVENT in refusal_of(operator, "foreign.1", content)


def test_the_operator_may_not_make_the_event_of_another_its_own(
    control_plane: ControlPlane, operator: Operator
) -> None:
    foreign = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": "foreign.2", "namespace": "default"},
        "involvedObject": {"kind": "Node", "name": "edge-1"},
        "source": {"component": "kubelet"},
        "reason": "Rebooted",
    }
    control_plane.kubectl("apply", "--filename=-", stdin=json.dumps(foreign))

    assert NO_OTHER_EVENT in refusal_of(operator, "foreign.2", OWN_EVENT)


def refusal_of(operator: Operator, name: str, content: Object) -> str:
    """Try to write an event, and give what the API server said; empty when it took it."""
    try:
        operator.apply_event(name, **content)
    except ApiException as error:
        return str(error.body)
    return ""


def events_of(control_plane: ControlPlane) -> str:
    return control_plane.kubectl("events", "--for=tcfg/under-policy")


def test_an_admin_is_not_held(operator: Operator, admin: TelemetryConfigs) -> None:
    assert operator.is_held()

    edited = admin.edit(NAME, {"sendingInterval": "2h"})

    assert edited["spec"]["sendingInterval"] == "2h"


def test_the_real_operator_works_under_it(
    control_plane: ControlPlane, operator: Operator, admin: TelemetryConfigs, tmp_path: Path
) -> None:
    assert operator.is_held()
    device = Device(control_plane, tmp_path, DeviceClock(tmp_path / "clock"))
    device.apply("under-policy", requested_at="now", endpoint=NOBODY_LISTENS)

    with device.operator():
        status = device.wait_until_handled("now", "under-policy")
        [reason] = [each["reason"] for each in status["conditions"] if each["type"] == "Reporting"]
        wait_for("an event", lambda: reason in events_of(control_plane), IN_FORCE_SECONDS)

    assert {condition["type"] for condition in status["conditions"]} == {
        *("Ready", "Sampling", "Reporting")
    }
    assert "orphan" in control_plane.kubectl(
        "get", "tcfg", "under-policy", "--output=jsonpath={.metadata.finalizers}"
    )
    admin.delete("under-policy")
