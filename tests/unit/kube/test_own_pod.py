"""Which pod a token is bound to."""

import pytest

from microshift_telemetry.kube.own_pod import OwnPod, own_pod
from tests.support.bound_token import bound_token

POD = {"name": "microshift-telemetry-5c9-x7", "uid": "uid-of-the-pod"}


def test_a_bound_token_names_its_pod() -> None:
    pod = own_pod(bound_token(namespace="telemetry", pod=POD))

    assert pod == OwnPod("telemetry", POD["name"], POD["uid"])
    assert pod.path == "/api/v1/namespaces/telemetry/pods/microshift-telemetry-5c9-x7"


@pytest.mark.parametrize(
    "token",
    [
        *("", "opaque", "a.b.c", "a.IiI.c", "..", "é.é.é"),
        bound_token(namespace="telemetry"),
        bound_token(namespace="telemetry", pod={"name": "x"}),
        bound_token(namespace="telemetry", pod={"name": "", "uid": ""}),
        bound_token(namespace=7, pod=POD),
        bound_token(namespace="telemetry", pod=7),
    ],
)
def test_any_other_token_names_none(token: str) -> None:
    assert own_pod(token) is None
