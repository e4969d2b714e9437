"""Values of Secrets and ConfigMaps, read when they are needed: only those that a spec names."""

from microshift_telemetry.errors import excerpt
from microshift_telemetry.kube.bodies import Object
from microshift_telemetry.kube.client import KubeClient
from microshift_telemetry.kube.errors import KubeNotFoundError
from microshift_telemetry.sending.credentials import (
    Credential,
    CredentialsMissingError,
    basic_authorization,
    parse_secret_key,
)
from microshift_telemetry.spec.references import KeyReference, UserReference


class Lookup:
    """Looks values up in the operator's own namespace, anew each time."""

    def __init__(self, kube: KubeClient, namespace: str | None) -> None:
        """Look in `namespace`; None where the process was not told which is its own."""
        self._kube = kube
        self._namespace = namespace

    async def value(self, reference: KeyReference) -> bytes:
        """Read one key.

        Raises:
            CredentialsMissingError: the Secret, the ConfigMap or the key is not there or unusable.
            KubeError: the API server did not give it.
        """
        return value_in(await self.object(reference), reference)

    async def object(self, reference: KeyReference) -> Object:
        """Read the whole Secret or ConfigMap.

        Raises:
            CredentialsMissingError: it is not there.
            KubeError: the API server did not give it.
        """
        if self._namespace is None:
            raise CredentialsMissingError(
                f"{reference}: the namespace is unknown; set TELEMETRY_NAMESPACE"
            )
        kind = "secrets" if reference.kind == "Secret" else "configmaps"
        path = f"/api/v1/namespaces/{self._namespace}/{kind}/{reference.name}"
        try:
            return await self._kube.get(path)
        except KubeNotFoundError as error:
            raise CredentialsMissingError(
                f"{reference}: not found in namespace {self._namespace}"
            ) from error

    async def basic(self, user: UserReference) -> Credential:
        """Make the header of a user name and a password.

        Raises:
            CredentialsMissingError: as `value`, or one of the two is no text.
            KubeError: as `value`.
        """
        return basic_authorization(
            *(await self.value(user.username), await self.value(user.password)),
            *(str(user.username), str(user.password)),
        )


def value_in(found: Object, reference: KeyReference) -> bytes:
    """Give the value of a key; that of a ConfigMap is UTF-8.

    Raises:
        CredentialsMissingError: the key is not there, or its value can't be used.
    """
    data, binary = found.get("data"), found.get("binaryData")
    value = data.get(reference.key) if isinstance(data, dict) else None
    if value is None and isinstance(binary, dict) and reference.key in binary:
        raise CredentialsMissingError(f"{reference}: binary data, not text")
    if value is None:
        raise CredentialsMissingError(_no_key(reference, data))
    if reference.kind == "Secret":
        return parse_secret_key(value, str(reference))
    if not isinstance(value, str) or not value:
        raise CredentialsMissingError(f"{reference}: empty")
    try:
        return value.encode()
    except UnicodeEncodeError:
        raise CredentialsMissingError(f"{reference}: not valid UTF-8") from None


def _no_key(reference: KeyReference, data: object) -> str:
    """Name the keys that there are, as `kubectl describe` does; none is a secret."""
    keys = ", ".join(sorted(map(str, data))) if isinstance(data, dict) else ""
    there = f"its keys are: {excerpt(keys)}" if keys else "it has no keys"
    return f'{reference.kind} {reference.name} has no key "{reference.key}"; {there}'
