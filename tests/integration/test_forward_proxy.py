"""A real forward proxy between the operator and a real Prometheus; the proxy tells who came by."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.certificates import Authority
from tests.support.device import Device
from tests.support.forward_proxy import ForwardProxy
from tests.support.prometheus import Prometheus
from tests.support.tools import Tools
from tests.support.waiting import wait_for
from tests.support.web_config import WebConfig

USER, PASSWORD = "edge", "hunter2"
TLS = {"ca": {"configMap": {"name": "receiver-ca", "key": "ca.crt"}}}
CREDENTIALS = {
    "username": {"name": "proxy", "key": "user"},
    "password": {"name": "proxy", "key": "password"},
}
NOT_LOOPBACK = "0.0.0.0"  # noqa: S104  # nothing listens on it
"""An address that leads to this machine, and is none of those that never take a proxy."""


@pytest.fixture
def web(device: Device, tmp_path: Path) -> WebConfig:
    """Served under a certificate that the ConfigMap of `TLS` vouches for."""
    authority = Authority(tmp_path / "authority")
    device.create_config_map("receiver-ca", **{"ca.crt": authority.ca_file.read_text()})
    return WebConfig(tmp_path / "web", authority, addresses=[NOT_LOOPBACK])


@pytest.fixture(params=["https", "http"])
def either(
    request: pytest.FixtureRequest, web: WebConfig, tools: Tools, tmp_path: Path
) -> Iterator[Prometheus]:
    """One that is reached through a tunnel, and one by its URL."""
    is_encrypted = request.param == "https"
    with Prometheus(tmp_path / "prometheus", tools, web=web if is_encrypted else None) as either:
        yield either


@pytest.mark.parametrize("password", [PASSWORD, ""], ids=["closed", "open"])
def test_a_report_goes_through_the_proxy_of_the_spec(
    device: Device, either: Prometheus, tmp_path: Path, password: str
) -> None:
    user = USER if password else ""
    spec: dict[str, Any] = {"proxyBasicAuth": CREDENTIALS} if password else {}
    device.create_secret("proxy", user=user, password=password)
    with ForwardProxy(tmp_path / "proxy", user, password) as proxy, device.operator():
        device.apply(
            endpoint=either.remote_write_url,
            tlsConfig=TLS,
            proxyUrl=proxy.url,
            requested_at="1",
            **spec,
        )
        device.wait_until_handled("1")

        assert device.condition("Reporting")["reason"] == "ReportDelivered"
        assert either.passes() >= 1
        method = "CONNECT" if either.url.startswith("https:") else "POST"
        wait_for("the proxy's record", lambda: bool(proxy.record()), 10)
        assert set(proxy.record()) == {(method, either.address)}


def test_a_wrong_password_is_told_and_nothing_lost_until_the_secret_has_the_right_one(
    device: Device, web: WebConfig, tools: Tools, tmp_path: Path
) -> None:
    device.create_secret("proxy", user=USER, password="wrong")
    with (
        Prometheus(tmp_path / "prometheus", tools, web=web) as prometheus,
        ForwardProxy(tmp_path / "proxy", USER, PASSWORD) as proxy,
        device.operator(),
    ):
        device.apply(
            endpoint=prometheus.remote_write_url,
            tlsConfig=TLS,
            proxyUrl=proxy.url,
            proxyBasicAuth=CREDENTIALS,
            requested_at="wrong",
        )
        device.wait_until_handled("wrong")
        refused = device.condition("Reporting")
        assert refused["reason"] == "Unauthorized"
        assert refused["message"] == (
            "the proxy rejects the operator's credentials (407); correct spec.proxyBasicAuth, or "
            "the user name and password in the operator's HTTPS_PROXY; samples are kept"
        )
        assert prometheus.passes() == 0

        device.create_secret("proxy", user=USER, password=PASSWORD)
        device.request_report("right")
        status = device.wait_until_handled("right")

        assert device.condition("Reporting")["reason"] == "ReportDelivered"
        assert prometheus.passes() >= 1
        assert status["droppedSamples"] == status["pendingSamples"] == 0
        wait_for("the proxy's record", lambda: len(proxy.record()) >= 2, 10)
        assert proxy.record()[0] == ("CONNECT", "")
        assert proxy.record()[-1] == ("CONNECT", prometheus.address)


def test_the_proxy_of_the_environment_is_taken_except_for_what_no_proxy_names(
    device: Device, web: WebConfig, tools: Tools, tmp_path: Path
) -> None:
    with (
        Prometheus(tmp_path / "prometheus", tools, web=web) as prometheus,
        ForwardProxy(tmp_path / "proxy", USER, PASSWORD) as proxy,
    ):
        endpoint = prometheus.remote_write_url.replace("127.0.0.1", NOT_LOOPBACK)
        environment = {"HTTPS_PROXY": proxy.url.replace("//", f"//{USER}:{PASSWORD}@")}
        device.apply(endpoint=endpoint, tlsConfig=TLS, requested_at="direct")
        with device.operator(**environment, NO_PROXY="receiver.example, 0.0.0.0/8"):
            device.wait_until_handled("direct")
            assert device.condition("Reporting")["reason"] == "ReportDelivered"
        with device.operator(**environment):
            device.request_report("proxied")
            device.wait_until_handled("proxied")
            assert device.condition("Reporting")["reason"] == "ReportDelivered"

        assert prometheus.passes() >= 1
        wait_for("the proxy's record", lambda: bool(proxy.record()), 10)
        assert set(proxy.record()) == {("CONNECT", endpoint.split("/")[2])}
