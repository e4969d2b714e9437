"""Secrets → the header that proves who we are, and who may get one at all."""

import base64
import json
from typing import Any

from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.spec.authorization import NoAuthorization, OAuth2, PullSecret
from microshift_telemetry.spec.effective import Destination

PULL_SECRET_FILE = "etc/crio/openshift-pull-secret"  # noqa: S105  # a path
PULL_SECRET_ENTRY = "cloud.openshift.com"  # noqa: S105  # a host
"""Without this entry the admin has opted out of Red Hat's telemetry."""


class CredentialsMissingError(TelemetryError):
    """A Secret, a file or an entry in it is not there or can't be used."""


class OptedOutError(TelemetryError):
    """The owner wants no telemetry sent to Red Hat, as the pull secret says."""


class CredentialsRefusedError(TelemetryError):
    """We do not send this credential to this endpoint."""


class Credential:
    """A secret text that no log line, condition or traceback shows by accident."""

    __slots__ = ("_hidden", "_text")

    def __init__(self, text: str, *hidden: str) -> None:
        """Wrap a secret that is to go into a header.

        Args:
            text: the header's value.
            hidden: what must not be quoted either: secrets that the value is made of.

        Raises:
            ValueError: it has a character that no header may have.
        """
        if not text.isascii() or not text.isprintable():
            raise ValueError("contains characters that are not allowed in an HTTP header")
        self._text = text
        self._hidden = (text.rpartition(" ")[2], *hidden)

    def reveal(self) -> str:
        """Give the secret itself, for the header and nothing else."""
        return self._text

    def secrets(self) -> tuple[str, ...]:
        """Give every text that must be taken out of what others say."""
        return self._hidden

    def __repr__(self) -> str:
        """Show that there is one."""
        return "Credential(…)"


def refuse_unsafe(destination: Destination, pull_secret_hosts: frozenset[str]) -> None:
    """Check that every credential may go where it would, before any connection is made.

    Raises:
        CredentialsRefusedError: the endpoint or the token server is plain http, or the pull secret
            could leave its owner.
    """
    endpoint, authorization = destination.endpoint, destination.authorization
    if not endpoint.is_encrypted:
        _refuse_plain_http(destination)
    if isinstance(authorization, PullSecret):
        _keep_with_its_owner(destination, pull_secret_hosts)
    if isinstance(authorization, OAuth2) and not authorization.token_url.is_encrypted:
        raise CredentialsRefusedError(
            "spec.authorization.oauth2.tokenUrl: the client secret is never sent over plain http; "
            "use an https URL"
        )


def _refuse_plain_http(destination: Destination) -> None:
    if not isinstance(destination.authorization, NoAuthorization):
        raise CredentialsRefusedError(
            f"spec.endpoint: {destination.authorization.type} credentials are never sent over "
            "plain http; use an https endpoint"
        )
    for header in destination.headers:
        if not isinstance(header.value, str):
            raise CredentialsRefusedError(
                f"spec.headers: {header.name} comes from a Secret, which is never sent over plain "
                "http; use an https endpoint"
            )


def _keep_with_its_owner(destination: Destination, hosts: frozenset[str]) -> None:
    """Check that the pull secret can reach one of its owner's hosts only.

    Else whoever may edit the resource could fetch a token that only root may read. The URL's host
    is not enough: through a proxy of his the connection leads to whom he likes, so that only the
    certificate says who is there.

    A CA of `spec.tlsConfig.ca` is trusted, for the sake of proxies that open TLS. It lies in the
    operator's own namespace, where to edit the resource gives no right to write; who administers
    that could as well run a pod there that reads the file. The CAs that lie there of themselves
    (`kube-root-ca.crt`, `openshift-service-ca.crt`) sign for names within the cluster only.
    """
    host, tls = destination.endpoint.origin.host, destination.tls
    if host not in hosts:
        raise CredentialsRefusedError(
            f"spec.authorization.type: the pull secret is never sent to {host}; set the type of "
            "credentials that this endpoint requires"
        )
    if not tls.is_verified:
        raise CredentialsRefusedError(
            f"spec.tlsConfig.insecureSkipVerify: the pull secret is sent only to {host} with a "
            "verified certificate; set the field to false, and spec.tlsConfig.ca to the CA of a "
            "proxy that intercepts TLS"
        )
    if tls.server_name is not None and tls.server_name.lower() not in hosts:
        raise CredentialsRefusedError(
            "spec.tlsConfig.serverName: the pull secret is never sent to a server with a "
            f"certificate for {tls.server_name}; remove the field"
        )


def parse_pull_secret(data: bytes) -> Credential:
    """Take Red Hat's token out of the device's pull secret; it is used verbatim.

    Raises:
        OptedOutError: it has no entry for Red Hat, which is how an owner opts out.
        CredentialsMissingError: the file is no pull secret, or its entry can't be used.

    Source: OpenShift's documentation, "Opting out of remote health reporting".
    """
    path = f"/{PULL_SECRET_FILE}"
    document = _json_object(data)
    if document is None:
        raise CredentialsMissingError(f"{path}: not a JSON object")
    auths = document.get("auths")
    if not isinstance(auths, dict):
        raise CredentialsMissingError(f"{path}: has no auths")
    if PULL_SECRET_ENTRY not in auths:
        raise OptedOutError(
            f"{path}: has no entry for {PULL_SECRET_ENTRY}: this device has opted out of Red Hat's "
            "telemetry"
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
    return Credential(f"Bearer {base64.b64encode(identity.encode()).decode()}", token.reveal())


def bearer_authorization(value: bytes, shown: str) -> Credential:
    """Make the header of a plain bearer token; white space around it is an editor's.

    Raises:
        CredentialsMissingError: it is empty or has a character that no header may have.
    """
    return _credential(f"Bearer {_line(value, shown)}", shown)


def basic_authorization(
    username: bytes, password: bytes, shown_username: str, shown_password: str
) -> Credential:
    """Make the header of a user name and a password; a line break at their end is an editor's.

    Raises:
        CredentialsMissingError: one of them is empty or no text, or the name has a colon.

    Source: RFC 7617, 2; UTF-8 as its section 2.1 recommends.
    """
    name, secret = secret_text(username, shown_username), secret_text(password, shown_password)
    if ":" in name:
        raise CredentialsMissingError(f"{shown_username}: a user name cannot contain a colon")
    pair = base64.b64encode(f"{name}:{secret}".encode()).decode()
    return Credential(f"Basic {pair}", secret)


def header_value(value: bytes, shown: str) -> Credential:
    """Take the value of a header from a Secret; white space around it is an editor's.

    Raises:
        CredentialsMissingError: it is empty or has a character that no header may have.
    """
    text = _line(value, shown)
    return _credential(text, shown, text)


def secret_text(value: bytes, shown: str) -> str:
    """Read a text of a Secret; a line break at its end is an editor's.

    Raises:
        CredentialsMissingError: it is empty, or not UTF-8.
    """
    text = _text(value)
    if text is None:
        raise CredentialsMissingError(f"{shown}: not valid UTF-8")
    if not text:
        raise CredentialsMissingError(f"{shown}: empty")
    return text


def _line(value: bytes, shown: str) -> str:
    text = value.decode("latin-1").strip()
    if not text:
        raise CredentialsMissingError(f"{shown}: empty")
    return text


def _text(value: bytes) -> str | None:
    """Give None instead of an error, which would carry the whole secret."""
    try:
        return value.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        return None


def _base64(data: object) -> bytes | None:
    """Give None instead of an error, which may carry the whole text."""
    if isinstance(data, str) and len(data) % 4:
        return None  # Python before 3.13 lets `YWI==` pass.
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


def _credential(text: str, shown: str, *hidden: str) -> Credential:
    try:
        return Credential(text, *hidden)
    except ValueError as error:
        raise CredentialsMissingError(f"{shown}: {error}") from None
