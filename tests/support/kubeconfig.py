"""Kubeconfig files: how a client finds the test API server and who it is."""

import json
from collections.abc import Mapping
from pathlib import Path

import kubernetes.client
import kubernetes.config

from tests.support.certificates import KeyPair


def certificate_user(pair: KeyPair) -> Mapping[str, str]:
    """Authenticate by a client certificate."""
    return {"client-certificate": str(pair.certificate), "client-key": str(pair.key)}


def token_user(token_file: Path) -> Mapping[str, str]:
    """Authenticate by a token in a file of its own, which may be replaced at any time."""
    return {"tokenFile": str(token_file)}


def write_kubeconfig(
    file: Path, server: str, ca_file: Path, user: Mapping[str, str], namespace: str = "default"
) -> Path:
    """Write a kubeconfig of one cluster, one user and one context.

    In JSON: the operator then has no more loaded than in a pod, where it needs none.
    """
    cluster = {"server": server, "certificate-authority": str(ca_file)}
    context = {"cluster": "test", "user": "test", "namespace": namespace}
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "test", "cluster": cluster}],
        "users": [{"name": "test", "user": dict(user)}],
        "contexts": [{"name": "test", "context": context}],
        "current-context": "test",
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content))
    return file


def api_client(kubeconfig: Path) -> kubernetes.client.ApiClient:
    """Make the official client for a kubeconfig, past any proxy of this machine."""
    configuration = kubernetes.client.Configuration()
    kubernetes.config.load_kube_config(  # type: ignore[no-untyped-call]
        str(kubeconfig), client_configuration=configuration
    )
    configuration.proxy = None
    return kubernetes.client.ApiClient(configuration)
