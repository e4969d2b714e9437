"""What a visitor breaks on purpose: manifests of `cluster` beside its kubeconfig, one a fault."""

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.support.certificates import Authority
from tests.support.device import NAMESPACE
from tests.support.prometheus import Prometheus
from tests.support.tools import Tools
from tests.support.web_config import USER, WebConfig

Object = Mapping[str, object]

WELL = "all-well"
NOBODY_LISTENS = "nobody-listens"
NO_RECEIVER = "no-receiver"
WRONG_PASSWORD = "wrong-password"  # the name of a file
NO_SECRET = "no-secret"  # the name of a file


@contextmanager
def breakages(directory: Path, tools: Tools, well: Object) -> Iterator[None]:
    """Write a manifest for each fault below `directory`, and run a receiver that wants a password.

    `well` is the spec with which all is well.
    """
    authority = Authority(directory / "strict")
    web = WebConfig(directory / "strict" / "web", authority, asks_for_password=True)
    with Prometheus(directory / "strict" / "prometheus", tools, web=web) as strict:
        secret = {"name": "receiver", "key": "password"}
        by_password = {"username": {"name": "receiver", "key": "user"}, "password": secret}
        elsewhere = {**well, "endpoint": strict.remote_write_url}
        strictly = {
            **elsewhere,
            "authorization": {"type": "Basic", "basic": by_password},
            "tlsConfig": {"ca": {"configMap": {"name": "receiver-ca", "key": "ca.crt"}}},
        }
        token = {"credentials": {"name": "nowhere", "key": "token"}}
        faults: Mapping[str, list[Object]] = {
            WELL: [_cluster(well)],
            NOBODY_LISTENS: [_cluster({**well, "endpoint": "http://127.0.0.1:1/api/v1/write"})],
            NO_RECEIVER: [_cluster({**well, "endpoint": f"{well['endpoint']}/nowhere"})],
            NO_SECRET: [
                _cluster({**elsewhere, "authorization": {"type": "Bearer", "bearer": token}})
            ],
            WRONG_PASSWORD: [
                _of_the_operator("Secret", "receiver", {"user": USER, "password": "guessed"}),
                _of_the_operator(
                    "ConfigMap", "receiver-ca", {"ca.crt": authority.ca_file.read_text()}
                ),
                _cluster(strictly),
            ],
        }
        for name, objects in faults.items():
            items = {"apiVersion": "v1", "kind": "List", "items": objects}
            (directory / f"{name}.yaml").write_text(json.dumps(items, indent=2))
        yield


def _cluster(spec: Object) -> Object:
    return {
        "apiVersion": "telemetry.microshift.io/v1alpha1",
        "kind": "TelemetryConfig",
        "metadata": {"name": "cluster"},
        "spec": spec,
    }


def _of_the_operator(kind: str, name: str, values: Mapping[str, str]) -> Object:
    encoded = {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}
    return {
        "apiVersion": "v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": NAMESPACE},
        "data": encoded if kind == "Secret" else values,
    }
