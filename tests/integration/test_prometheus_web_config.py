"""A real Prometheus that lets in only some, by its own web configuration."""

from pathlib import Path

from tests.support.certificates import Authority, KeyPair
from tests.support.device import Device
from tests.support.prometheus import Prometheus
from tests.support.tools import Tools
from tests.support.web_config import PASSWORD, USER, WebConfig

CA = {"configMap": {"name": "receiver-ca", "key": "ca.crt"}}
BASIC = {
    "type": "Basic",
    "basic": {
        "username": {"name": "receiver", "key": "user"},
        "password": {"name": "receiver", "key": "password"},
    },
}
CLIENT = {
    "cert": {"secret": {"name": "device", "key": "tls.crt"}},
    "keySecret": {"name": "device", "key": "tls.key"},
}


def trust(device: Device, authority: Authority) -> None:
    device.create_config_map("receiver-ca", **{"ca.crt": authority.ca_file.read_text()})


def give_password(device: Device, password: str) -> None:
    device.create_secret("receiver", user=USER, password=password)


def give_certificate(device: Device, pair: KeyPair) -> None:
    texts = {"tls.crt": pair.certificate.read_text(), "tls.key": pair.key.read_text()}
    device.create_secret("device", **texts)


def told_of_a_report(device: Device, request: str) -> tuple[str, str]:
    """Ask for a report; give the reason and the message that an admin then reads."""
    device.request_report(request)
    device.wait_until_handled(request)
    found = device.condition("Reporting")
    return found["reason"], found["message"]


DELIVERED = ("ReportDelivered", "accepted by the receiver")


def test_a_wrong_password_keeps_every_sample_until_the_secret_has_the_right_one(
    device: Device, tools: Tools, tmp_path: Path
) -> None:
    authority = Authority(tmp_path / "authority")
    web = WebConfig(tmp_path / "web", authority, asks_for_password=True)
    trust(device, authority)
    with Prometheus(tmp_path / "prometheus", tools, web=web) as prometheus, device.operator():
        give_password(device, PASSWORD)
        device.apply(
            endpoint=prometheus.remote_write_url, authorization=BASIC, tlsConfig={"ca": CA}
        )
        assert told_of_a_report(device, "right") == DELIVERED
        delivered = prometheus.passes()

        give_password(device, "wrong")
        assert told_of_a_report(device, "wrong") == (
            "Unauthorized",
            (
                "the receiver rejects the credentials (401: Unauthorized); correct the credentials "
                "that spec.authorization references; samples are kept"
            ),
        )
        assert prometheus.passes() == delivered
        assert device.status()["pendingSamples"] > 0

        give_password(device, PASSWORD)
        assert told_of_a_report(device, "right again") == DELIVERED
        assert prometheus.passes() > delivered
        assert device.status()["pendingSamples"] == device.status()["droppedSamples"] == 0


def test_a_client_certificate_is_asked_for_accepted_revoked_and_renewed_without_a_restart(
    device: Device, tools: Tools, tmp_path: Path
) -> None:
    authority = Authority(tmp_path / "authority")
    old, new = Authority(tmp_path / "old", "old"), Authority(tmp_path / "new", "new")
    web = WebConfig(tmp_path / "web", authority, clients=old)
    trust(device, authority)
    give_certificate(device, old.issue("device"))
    with Prometheus(tmp_path / "prometheus", tools, web=web) as prometheus, device.operator():
        endpoint = prometheus.remote_write_url
        device.apply(endpoint=endpoint, tlsConfig={"ca": CA})
        assert told_of_a_report(device, "without") in turned_away(prometheus, *MISSING)

        device.apply(endpoint=endpoint, tlsConfig={"ca": CA, **CLIENT})
        assert told_of_a_report(device, "with") == DELIVERED
        delivered = prometheus.passes()
        assert delivered >= 2

        web.admit(new)
        assert told_of_a_report(device, "revoked") in turned_away(prometheus, *NOT_ACCEPTED)
        assert prometheus.passes() == delivered

        give_certificate(device, new.issue("device"))
        assert told_of_a_report(device, "renewed") == DELIVERED
        assert prometheus.passes() > delivered
        assert device.status()["pendingSamples"] == device.status()["droppedSamples"] == 0


MISSING = (
    "the server requires a client certificate and none is configured (certificate required)",
    "set spec.tlsConfig.cert and spec.tlsConfig.keySecret",
)
NOT_ACCEPTED = (
    "the server rejects the client certificate (unknown ca)",
    "correct spec.tlsConfig.cert and spec.tlsConfig.keySecret",
)


def turned_away(prometheus: Prometheus, cause: str, advice: str) -> set[tuple[str, str]]:
    """Give what may be said; an alert is lost where the server hangs up on an unread request."""
    kept = "samples are kept and sent later"
    server = f"the receiver {prometheus.address}"
    said = (
        f"TLS with {server}: {cause}; {advice}; {kept}",
        f"{server}: the connection was lost; check spec.endpoint and the network; {kept}",
    )
    return {("EndpointUnreachable", each) for each in said}
