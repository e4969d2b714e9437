"""Where a value lies that does not stand in the resource: a key of a Secret or a ConfigMap."""

from dataclasses import dataclass

from microshift_telemetry.spec.errors import SpecError
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
class UserReference:
    """Where a user name and a password are kept."""

    username: KeyReference
    password: KeyReference


def parse_key(fields: Fields, kind: str = "Secret") -> KeyReference:
    """Read a reference to a key of a Secret or a ConfigMap.

    Raises:
        SpecError: its name or its key is missing.
    """
    return KeyReference(kind, fields.required_text("name"), fields.required_text("key"))


def parse_secret_or_config_map(fields: Fields) -> KeyReference | None:
    """Read a reference to one of both; where both are named, the Secret wins.

    Returns:
        None when neither is named.

    Raises:
        SpecError: the one that counts is incomplete.
    """
    for member, kind in (("secret", "Secret"), ("configMap", "ConfigMap")):
        if fields.has(member):
            return parse_key(fields.object(member), kind)
    return None


def required(reference: KeyReference | None, path: str) -> KeyReference:
    """Insist on a reference; `path` names its field.

    Raises:
        SpecError: there is none.
    """
    if reference is None:
        raise SpecError(f"{path}: references neither a Secret nor a ConfigMap")
    return reference


def parse_user(fields: Fields) -> UserReference:
    """Read where a user name and a password are kept.

    Raises:
        SpecError: one of them is incomplete.
    """
    return UserReference(parse_key(fields.object("username")), parse_key(fields.object("password")))
