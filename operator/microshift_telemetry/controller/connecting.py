"""A destination of the spec → a receiver with its credentials, read when they are needed."""

from microshift_telemetry.controller.cluster import Cluster
from microshift_telemetry.kube.client import Object
from microshift_telemetry.kube.errors import KubeNotFoundError
from microshift_telemetry.remote_write.credentials import (
    PULL_SECRET_FILE,
    Credential,
    CredentialsMissingError,
    bearer_authorization,
    parse_pull_secret,
    parse_secret_key,
    refuse_unsafe,
    telemeter_authorization,
)
from microshift_telemetry.remote_write.receiver import Receiver
from microshift_telemetry.sources.host import HostError
from microshift_telemetry.spec.authorization import (
    Authorization,
    Bearer,
    KeyReference,
    NoAuthorization,
    PullSecret,
)
from microshift_telemetry.spec.effective import Destination


class Connector:
    """Looks up what a destination needs, only what its spec names, anew for each attempt."""

    def __init__(
        self, cluster: Cluster, namespace: str | None, pull_secret_hosts: frozenset[str]
    ) -> None:
        """Look Secrets and ConfigMaps up in `namespace`, the operator's own."""
        self._cluster = cluster
        self._namespace = namespace
        self._pull_secret_hosts = pull_secret_hosts

    async def connect(self, destination: Destination) -> Receiver:
        """Prepare a receiver; nothing goes to it yet.

        Raises:
            CredentialsRefusedError: a credential may not go there; nothing was read.
            CredentialsMissingError: a Secret, a ConfigMap or a key is not there or unusable.
            TlsConfigError: the CA bundle is none.
            KubeError: the API server did not give a Secret or a ConfigMap.
        """
        endpoint, authorization = destination.endpoint, destination.authorization
        refuse_unsafe(endpoint, authorization, self._pull_secret_hosts)
        ca = None if destination.tls.ca is None else await self._value(destination.tls.ca)
        return Receiver(endpoint, await self._header(authorization), ca)

    async def _header(self, authorization: Authorization) -> Credential | None:
        match authorization:
            case NoAuthorization():
                return None
            case Bearer(credentials):
                return bearer_authorization(await self._value(credentials), str(credentials))
            case PullSecret():
                token = parse_pull_secret(self._read_pull_secret())
                return telemeter_authorization(token, await self._cluster.identify())

    def _read_pull_secret(self) -> bytes:
        try:
            return self._cluster.host.read_bytes(PULL_SECRET_FILE)
        except HostError as error:
            raise CredentialsMissingError(f"{error}: the pull secret can't be read") from error

    async def _value(self, reference: KeyReference) -> bytes:
        if self._namespace is None:
            raise CredentialsMissingError(
                f"{reference}: TELEMETRY_NAMESPACE is not set, so there is no place to look for it"
            )
        kind = "secrets" if reference.kind == "Secret" else "configmaps"
        path = f"/api/v1/namespaces/{self._namespace}/{kind}/{reference.name}"
        try:
            found = await self._cluster.kube.get(path)
        except KubeNotFoundError as error:
            raise CredentialsMissingError(
                f"{reference}: there is no such {reference.kind} in namespace {self._namespace}"
            ) from error
        return _key(found, reference)


def _key(found: Object, reference: KeyReference) -> bytes:
    data = found.get("data")
    value = data.get(reference.key) if isinstance(data, dict) else None
    if reference.kind == "Secret":
        return parse_secret_key(value, str(reference))
    if not isinstance(value, str) or not value:
        raise CredentialsMissingError(f"{reference}: no such key")
    return value.encode()
