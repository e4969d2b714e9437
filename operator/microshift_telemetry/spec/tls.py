"""How the receiver's certificate is verified: `spec.tlsConfig`."""

from dataclasses import dataclass

from microshift_telemetry.spec.authorization import KeyReference, parse_key
from microshift_telemetry.spec.fields import Fields


@dataclass(frozen=True, slots=True)
class TlsConfig:
    """What differs from verifying against the system's roots."""

    ca: KeyReference | None = None
    """A PEM bundle that takes the place of the system's roots."""


def parse_tls(fields: Fields) -> TlsConfig:
    """Read `spec.tlsConfig`; where both a Secret and a ConfigMap are named, the Secret wins.

    Raises:
        SpecError: a reference is incomplete.
    """
    ca = fields.object("ca")
    if ca.has("secret"):
        return TlsConfig(ca=parse_key(ca.object("secret"), "Secret"))
    if ca.has("configMap"):
        return TlsConfig(ca=parse_key(ca.object("configMap"), "ConfigMap"))
    return TlsConfig()
