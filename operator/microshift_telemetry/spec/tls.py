"""How a server's certificate is verified, and which one we show it: the fields `tlsConfig`."""

from dataclasses import dataclass

from microshift_telemetry.spec.errors import SpecError
from microshift_telemetry.spec.fields import Fields
from microshift_telemetry.spec.references import (
    KeyReference,
    parse_key,
    parse_secret_or_config_map,
)


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """What we show a server that asks who we are."""

    certificate: KeyReference
    key: KeyReference


@dataclass(frozen=True, slots=True)
class TlsConfig:
    """What differs from verifying against the system's roots."""

    ca: KeyReference | None = None
    """A PEM bundle that takes the place of the system's roots."""
    client: ClientCertificate | None = None
    server_name: str | None = None
    """The name that the server's certificate must carry; None means its host."""
    is_verified: bool = True


def parse_tls(fields: Fields) -> TlsConfig:
    """Read `spec.tlsConfig`, or the one of a token server.

    Raises:
        SpecError: a reference is incomplete, or a certificate has no key or a key no certificate.
    """
    return TlsConfig(
        ca=parse_secret_or_config_map(fields.object("ca")),
        client=_client_certificate(fields),
        server_name=fields.text("serverName"),
        is_verified=not fields.flag("insecureSkipVerify"),
    )


def _client_certificate(fields: Fields) -> ClientCertificate | None:
    certificate = parse_secret_or_config_map(fields.object("cert"))
    if certificate is None:
        if fields.has("keySecret"):
            raise SpecError(f"{fields.path}.cert: missing; keySecret needs a certificate")
        return None
    if not fields.has("keySecret"):
        raise SpecError(f"{fields.path}.keySecret: missing; cert needs its private key")
    return ClientCertificate(certificate, parse_key(fields.object("keySecret")))
