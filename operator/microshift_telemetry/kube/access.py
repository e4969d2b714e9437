"""Where the API server is and who we are to it: the pod's ServiceAccount, or a KUBECONFIG.

Cluster DNS is late in a MicroShift boot, so the address comes from the pod's environment, never
from the name `kubernetes.default.svc`.
"""

import base64
import json
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.tls import PemError, RotatingContext, TlsMaterial

SERVICE_ACCOUNT_DIRECTORY = Path("/var/run/secrets/kubernetes.io/serviceaccount")


class AccessError(TelemetryError):
    """The API server cannot be spoken to like this; the text starts with the file or field."""


@dataclass(frozen=True, slots=True)
class Material:
    """Bytes of a certificate, a key or a token: given inline, or in a file that may rotate."""

    inline: bytes | None = None
    file: Path | None = None

    def read(self) -> bytes:
        """Give the bytes as they are now.

        Raises:
            AccessError: the file can't be read.
        """
        if self.file is None:
            return self.inline or b""
        try:
            return self.file.read_bytes()
        except OSError as error:
            raise AccessError(f"{self.file}: {error.strerror}") from error
        except ValueError as error:
            raise AccessError(f"{str(self.file)!r}: not a file name") from error

    def __repr__(self) -> str:
        """Name the file; never show what is inside."""
        return f"Material({self.file or '…'})"


@dataclass(frozen=True, slots=True)
class ApiAccess:
    """An API server and our identity there."""

    server: str
    """`https://host:port`, an IPv6 address in brackets, no slash at the end."""
    ca: Material | None = None
    """None: the system's roots."""
    bearer: Material | None = None
    certificate: Material | None = None
    key: Material | None = None
    namespace: str | None = None
    """The namespace of the identity, where it says one."""

    def token(self) -> str:
        """Read the bearer token as it is now; empty without one.

        Raises:
            AccessError: its file can't be read.
        """
        return self.bearer.read().decode("ascii", errors="ignore").strip() if self.bearer else ""

    def tls_context(self) -> ssl.SSLContext | None:
        """Make the TLS context, which follows its files; None for a plain `http://` server.

        Raises:
            AccessError: a certificate or a key can't be used.
        """
        if not self.server.startswith("https:"):
            return None
        try:
            return RotatingContext(self.server, self._tls_material)
        except PemError as error:
            raise AccessError(f"{self.server}: unusable certificate or key: {error}") from error

    def _tls_material(self) -> TlsMaterial:
        return TlsMaterial(
            *(each.read() if each else None for each in (self.ca, self.certificate, self.key))
        )


def access_from_service_account(
    environment: Mapping[str, str], directory: Path = SERVICE_ACCOUNT_DIRECTORY
) -> ApiAccess:
    """Find the API server of the pod we run in.

    Raises:
        AccessError: this is no pod with a ServiceAccount.
    """
    host, port = (
        environment.get("KUBERNETES_SERVICE_HOST"),
        environment.get("KUBERNETES_SERVICE_PORT", "443"),
    )
    if not host:
        raise AccessError(
            "no API server address: neither KUBECONFIG nor KUBERNETES_SERVICE_HOST is set"
        )
    namespace = directory / "namespace"
    access = ApiAccess(
        server=f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}",
        ca=Material(file=directory / "ca.crt"),
        bearer=Material(file=directory / "token"),
        namespace=namespace.read_text().strip() if namespace.is_file() else None,
    )
    access.token()
    return access


def access_from_kubeconfig(path: Path) -> ApiAccess:
    """Read the current context of a KUBECONFIG: token, client certificate and CA, data or files.

    Raises:
        AccessError: it can't be read, or asks for anything else; the text names the field.
    """
    try:
        text = path.read_text()
    except OSError as error:
        raise AccessError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise AccessError(f"{path}: not YAML") from error
    return parse_kubeconfig(_parsed(text, path), path)


def _parsed(text: str, path: Path) -> object:
    """Parse YAML; what is JSON, too, costs no memory for the parser of the other."""
    with suppress(ValueError, RecursionError):
        return json.loads(text)
    # Only outside of a pod: the parser stays out of the operator's memory on a device.
    import yaml

    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, LookupError, AttributeError, RecursionError) as error:
        # The parser lets more through than its own error: `2001-99-99`, `!!bool x`, deep nesting.
        raise AccessError(f"{path}: not YAML") from error


def parse_kubeconfig(config: object, path: Path) -> ApiAccess:
    """Turn a parsed KUBECONFIG into an access; relative files lie beside `path`.

    Raises:
        AccessError: as `access_from_kubeconfig`.
    """
    document = _Section(config, str(path))
    context = _named(document, "contexts", "context", document.text("current-context"))
    cluster = _named(document, "clusters", "cluster", context.text("cluster"))
    user = _named(document, "users", "user", context.text("user"))
    cluster.refuse_all_but("server", "certificate-authority", "extensions")
    user.refuse_all_but("token", "tokenFile", "client-certificate", "client-key", "extensions")
    token_file = user.optional_text("tokenFile")
    token = user.optional_text("token")
    bearer = None
    if token_file:
        bearer = Material(file=path.parent / token_file)
    elif token:
        bearer = Material(inline=token.encode(errors="replace"))
    return ApiAccess(
        server=cluster.text("server").rstrip("/"),
        ca=cluster.material("certificate-authority", path.parent),
        bearer=bearer,
        certificate=user.material("client-certificate", path.parent),
        key=user.material("client-key", path.parent),
        namespace=context.optional_text("namespace"),
    )


class _Section:
    """A mapping of a KUBECONFIG that knows its place, for errors that name the field."""

    def __init__(self, value: object, place: str) -> None:
        if not isinstance(value, dict):
            raise AccessError(f"{place}: not a mapping")
        self.value: dict[str, Any] = value
        self.place = place

    def optional_text(self, field: str) -> str | None:
        value = self.value.get(field)
        if value is not None and not isinstance(value, str):
            raise AccessError(f"{self.place}: {field} is not a string")
        return value or None

    def text(self, field: str) -> str:
        value = self.optional_text(field)
        if value is None:
            raise AccessError(f"{self.place}: {field} is missing")
        return value

    def material(self, field: str, folder: Path) -> Material | None:
        data, file = self.optional_text(f"{field}-data"), self.optional_text(field)
        if data is not None:
            try:
                return Material(inline=base64.b64decode(data, validate=True))
            except ValueError as error:
                raise AccessError(f"{self.place}: {field}-data is not base64") from error
        return Material(file=folder / file) if file is not None else None

    def refuse_all_but(self, *known: str) -> None:
        for field, value in self.value.items():
            if value and str(field).removesuffix("-data") not in known:
                raise AccessError(f"{self.place}: {field} is not supported")


def _named(document: _Section, plural: str, singular: str, name: str) -> _Section:
    entries = document.value.get(plural)
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict) and entry.get("name") == name:
            return _Section(entry.get(singular), f"{document.place}: {plural}[{name}]")
    raise AccessError(f"{document.place}: {plural} has no entry named {name}")
