"""Secrets → the header that proves who we are, and who may get one at all."""

import base64
import json
from typing import Any

from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.spec.authorization import Authorization, NoAuthorization, PullSecret
from microshift_telemetry.spec.endpoint import Endpoint

PULL_SECRET_FILE = "etc/crio/openshift-pull-secret"  # noqa: S105  # a path
PULL_SECRET_ENTRY = "cloud.openshift.com"  # noqa: S105  # a host
"""Without this entry the admin has opted out of Red Hat's telemetry."""


class CredentialsMissingError(TelemetryError):
    """A Secret, a file or an entry in it is not there or can't be used."""


class CredentialsRefusedError(TelemetryError):
    """We do not send this credential to this endpoint."""


class Credential:
    """A secret text that no log line, condition or traceback shows by accident."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        """Wrap a secret that is to go into a header.

        Raises:
            ValueError: it has a character that no header may have.
        """
        if not text.isascii() or not text.isprintable():
            raise ValueError("has characters that no HTTP header may have")
        self._text = text

    def reveal(self) -> str:
        """Give the secret itself, for the header and nothing else."""
        return self._text

    def __repr__(self) -> str:
        """Show that there is one."""
        return "Credential(…)"


def refuse_unsafe(
    endpoint: Endpoint, authorization: Authorization, pull_secret_hosts: frozenset[str]
) -> None:
    """Check that a credential may go to an endpoint, before any connection is made.

    Raises:
        CredentialsRefusedError: the endpoint is plain http, or the pull secret would leave its
            owner: whoever may edit the resource could fetch a token that only root may read.
    """
    if isinstance(authorization, NoAuthorization):
        return
    if not endpoint.is_encrypted:
        raise CredentialsRefusedError(
            f"spec.endpoint: {authorization.type} credentials are never sent over plain http; use "
            "an https endpoint, or spec.authorization.type None"
        )
    if isinstance(authorization, PullSecret) and endpoint.origin.host not in pull_secret_hosts:
        raise CredentialsRefusedError(
            f"spec.authorization.type: the pull secret is not sent to {endpoint.origin.host}; give "
            "this endpoint credentials of its own"
        )


def parse_pull_secret(data: bytes) -> Credential:
    """Take Red Hat's token out of the device's pull secret; it is used verbatim.

    Raises:
        CredentialsMissingError: the file is no pull secret, or has no entry for Red Hat.
    """
    path = f"/{PULL_SECRET_FILE}"
    document = _json_object(data)
    if document is None:
        raise CredentialsMissingError(f"{path}: not JSON with an object in it")
    auths = document.get("auths")
    if not isinstance(auths, dict):
        raise CredentialsMissingError(f"{path}: has no auths")
    if PULL_SECRET_ENTRY not in auths:
        raise CredentialsMissingError(
            f"{path}: has no entry for {PULL_SECRET_ENTRY}: this device has opted out of Red Hat's "
            "telemetry; set spec.status to Disabled, or spec.endpoint to a receiver of your own"
        )
    entry = auths[PULL_SECRET_ENTRY]
    token = entry.get("auth") if isinstance(entry, dict) else None
    if not isinstance(token, str) or not token:
        raise CredentialsMissingError(f"{path}: {PULL_SECRET_ENTRY} has no auth")
    return _credential(token, f"{path}: {PULL_SECRET_ENTRY}: auth")


def parse_secret_key(data: object, shown: str) -> bytes:
    """Decode one value of a Secret's `data`; `shown` names Secret and key in errors.

    Raises:
        CredentialsMissingError: it is absent, empty or not base64.
    """
    if data is None:
        raise CredentialsMissingError(f"{shown}: no such key")
    value = _base64(data)
    if value is None:
        raise CredentialsMissingError(f"{shown}: not base64")
    if not value:
        raise CredentialsMissingError(f"{shown}: empty")
    return value


def telemeter_authorization(token: Credential, cluster_id: str) -> Credential:
    """Make telemeter's header: a bearer that is the padded base64 of token and cluster id.

    Its bytes are the server's cache key, so they never change for one token and cluster.

    Source: telemeter-server, `POST /metrics/v1/receive`; the shell line of the enhancement prints
    single quotes, which the server refuses.
    """
    identity = json.dumps({"authorization_token": token.reveal(), "cluster_id": cluster_id})
    return Credential(f"Bearer {base64.b64encode(identity.encode()).decode()}")


def bearer_authorization(value: bytes, shown: str) -> Credential:
    """Make the header of a plain bearer token; white space around it is an editor's.

    Raises:
        CredentialsMissingError: it is empty or has a character that no header may have.
    """
    token = value.decode("latin-1").strip()
    if not token:
        raise CredentialsMissingError(f"{shown}: empty")
    return _credential(f"Bearer {token}", shown)


def _base64(data: object) -> bytes | None:
    """Give None instead of an error, which may carry the whole text."""
    try:
        return base64.b64decode(data, validate=True) if isinstance(data, str) else None
    except ValueError:
        return None


def _json_object(data: bytes) -> dict[str, Any] | None:
    """Give None instead of an error: a JSON error carries the whole text, secret and all."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _credential(text: str, shown: str) -> Credential:
    try:
        return Credential(text)
    except ValueError as error:
        raise CredentialsMissingError(f"{shown}: {error}") from None
