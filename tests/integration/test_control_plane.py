"""The test control plane itself: what every other test against a real server stands on."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import kubernetes.client
import pytest

from microshift_telemetry.clock import SystemClock
from tests.support.certificates import Authority
from tests.support.control_plane import ControlPlane, KubectlError
from tests.support.kubeconfig import api_client
from tests.support.prometheus import Prometheus, write_request
from tests.support.surroundings import Surroundings, count, lay_microshift, lay_namespaces
from tests.support.tools import Tools
from tests.support.web_config import WebConfig


def test_the_surroundings_are_what_kubectl_counts(
    make_control_plane: Callable[[], ControlPlane],
) -> None:
    control_plane = make_control_plane()
    laid = lay_microshift(control_plane)

    running = "--field-selector=status.phase=Running"
    assert laid == Surroundings(
        cluster_id=laid.cluster_id,
        namespaces=7,
        services=4,
        ingresses=1,
        routes=2,
        custom_resource_definitions=1,
        running_pods=count(control_plane, "pods", running),
        running_containers=6,
    )
    assert count(control_plane, "pods") == 8
    [version] = control_plane.kubectl(
        *("get", "configmap", "microshift-version", "--namespace=kube-public"),
        "--output=jsonpath={.data.major}.{.data.minor}.{.data.patch}",
    ).splitlines()
    assert version == "4.21.3"


def test_a_deleted_namespace_is_emptied(control_plane: ControlPlane) -> None:
    lay_namespaces(control_plane, ["short-lived"])

    control_plane.kubectl("delete", "namespace", "short-lived", "--timeout=60s")

    with pytest.raises(KubectlError, match='namespaces "short-lived" not found'):
        control_plane.kubectl("get", "namespace", "short-lived")


def test_a_service_account_may_do_nothing_until_a_role_allows_it(
    control_plane: ControlPlane,
) -> None:
    kubeconfig = control_plane.service_account_kubeconfig("default", "default")
    service_account = kubernetes.client.CoreV1Api(api_client(kubeconfig))

    with pytest.raises(kubernetes.client.ApiException) as refused:
        service_account.list_namespaced_secret("default")

    assert refused.value.status == 403
    assert any(
        event["user"]["username"] == "system:serviceaccount:default:default"
        and event["responseStatus"]["code"] == 403
        for event in control_plane.audit_events()
    )


def test_a_token_is_rotated_in_place(control_plane: ControlPlane) -> None:
    kubeconfig = control_plane.service_account_kubeconfig("default", "default")
    token_file = kubeconfig.with_name("token")
    before = token_file.read_text()

    again = control_plane.service_account_kubeconfig("default", "default", expiration_seconds=600)

    assert again == kubeconfig
    assert token_file.read_text() != before


def test_a_restarted_api_server_knows_what_it_knew(
    make_control_plane: Callable[[str], ControlPlane],
) -> None:
    """On `::1`, so that this also shows a control plane on IPv6."""
    control_plane = make_control_plane("::1")
    control_plane.kubectl("create", "configmap", "remembered")
    began = _process_start(control_plane)

    control_plane.stop_api_server()
    with pytest.raises(KubectlError, match="refused"):
        control_plane.kubectl("get", "namespaces")
    control_plane.start_api_server()

    assert control_plane.server.startswith("https://[::1]:")
    assert "remembered" in control_plane.kubectl("get", "configmaps")
    assert _process_start(control_plane) > began


def test_what_was_stored_outlives_a_power_cut(tools: Tools, tmp_path: Path) -> None:
    control_plane = ControlPlane(tmp_path, tools)
    with control_plane:
        control_plane.kubectl("create", "configmap", "remembered")
        control_plane.kill()
        with pytest.raises(KubectlError, match="refused"):
            control_plane.kubectl("get", "namespaces")

    with control_plane:
        assert "remembered" in control_plane.kubectl("get", "configmaps")


def _process_start(control_plane: ControlPlane) -> float:
    metrics = control_plane.kubectl("get", "--raw=/metrics").splitlines()
    [line] = [line for line in metrics if line.startswith("process_start_time_seconds ")]
    return float(line.split()[1])


def test_prometheus_gives_back_what_was_written(prometheus: Prometheus) -> None:
    now = SystemClock().now()
    time_ms = round(now.timestamp() * 1000)

    assert prometheus.write(write_request(time_ms, 42.5)) == 204

    up = (("__name__", "up"),)
    minute = timedelta(minutes=1)
    assert prometheus.samples("up", now - minute, now + minute) == {up: [(time_ms, 42.5)]}
    assert prometheus.series("up") == [dict(up)]
    assert prometheus.query("up + 1")[0]["value"][1] == "43.5"


def test_prometheus_takes_old_samples_only_within_its_window(tools: Tools, tmp_path: Path) -> None:
    now_ms = round(SystemClock().now().timestamp() * 1000)
    old = write_request(now_ms - 2 * 3_600_000, 1.0)
    fresh = write_request(now_ms, 2.0)

    with Prometheus(tmp_path / "strict", tools) as strict:
        assert [strict.write(fresh), strict.write(old)] == [204, 400]
    with Prometheus(tmp_path / "lenient", tools, out_of_order_window="30h") as lenient:
        assert [lenient.write(fresh), lenient.write(old)] == [204, 204]


def test_prometheus_speaks_tls_on_ipv6(tools: Tools, tmp_path: Path) -> None:
    web = WebConfig(tmp_path / "web", Authority(tmp_path / "certificates"))
    with Prometheus(tmp_path / "data", tools, host="::1", web=web) as prometheus:
        assert prometheus.remote_write_url.startswith("https://[::1]:")
        now_ms = round(SystemClock().now().timestamp() * 1000)
        assert prometheus.write(write_request(now_ms, 1.0)) == 204
        assert prometheus.query("up")[0]["value"][1] == "1"
