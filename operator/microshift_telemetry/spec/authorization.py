"""Who we are to the receiver: the kinds of `spec.authorization`, and where their secrets lie."""

from dataclasses import dataclass

from microshift_telemetry.spec.errors import SpecError, UnsupportedFieldError
from microshift_telemetry.spec.fields import Fields


@dataclass(frozen=True, slots=True)
class KeyReference:
    """A key of a Secret or a ConfigMap in the operator's namespace."""

    kind: str
    """`Secret` or `ConfigMap`."""
    name: str
    key: str

    def __str__(self) -> str:
        """Write it as an admin would say it."""
        return f"{self.kind} {self.name}, key {self.key}"


@dataclass(frozen=True, slots=True)
class PullSecret:
    """The device's pull secret, as telemeter wants it; goes to its owner's hosts only."""

    type = "PullSecret"


@dataclass(frozen=True, slots=True)
class Bearer:
    """A bearer token from a Secret."""

    credentials: KeyReference
    type = "Bearer"


@dataclass(frozen=True, slots=True)
class NoAuthorization:
    """The receiver asks for nothing."""

    type = "None"


_MEMBERS = ("bearer", "basic", "oauth2")

Authorization = PullSecret | Bearer | NoAuthorization


def parse_authorization(fields: Fields) -> Authorization | None:
    """Read `spec.authorization`; None when it is absent. Members of other types are ignored.

    Raises:
        SpecError: the type is unknown, or the member that it names is incomplete.
    """
    kind = fields.one_of("type", "PullSecret", "Bearer", "Basic", "OAuth2", "None")
    match kind:
        case None if any(fields.has(member) for member in _MEMBERS):
            raise SpecError(f"{fields.path}.type: missing; it tells which of the members counts")
        case None:
            return None
        case "PullSecret":
            return PullSecret()
        case "Bearer":
            return Bearer(parse_key(fields.object("bearer").object("credentials"), "Secret"))
        case "None":
            return NoAuthorization()
        case _:
            raise UnsupportedFieldError(
                f"{fields.path}.type: {kind} is not supported by this version"
            )


def parse_key(fields: Fields, kind: str) -> KeyReference:
    """Read a reference to a key of a Secret or a ConfigMap.

    Raises:
        SpecError: its name or its key is missing.
    """
    return KeyReference(kind, fields.required_text("name"), fields.required_text("key"))
