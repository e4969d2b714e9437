"""A destination of the spec → a receiver with its credentials, read when they are needed."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from microshift_telemetry.clock import Clock
from microshift_telemetry.controller.cluster import Cluster
from microshift_telemetry.controller.lookup import Lookup
from microshift_telemetry.controller.transports import transport_to
from microshift_telemetry.sending.connection import Connection
from microshift_telemetry.sending.credentials import (
    PULL_SECRET_FILE,
    Credential,
    CredentialsMissingError,
    bearer_authorization,
    header_value,
    parse_pull_secret,
    refuse_unsafe,
    secret_text,
    telemeter_authorization,
)
from microshift_telemetry.sending.oauth2 import TokenRequest
from microshift_telemetry.sending.proxies import EnvironmentProxies, Proxy
from microshift_telemetry.sending.receiver import Receiver
from microshift_telemetry.sending.route import RECEIVER, Peer, Route, TlsSettings
from microshift_telemetry.sending.tokens import Grant, Tokens
from microshift_telemetry.sources.host import HostError
from microshift_telemetry.spec.authorization import (
    Basic,
    Bearer,
    NoAuthorization,
    OAuth2,
    PullSecret,
)
from microshift_telemetry.spec.effective import Destination
from microshift_telemetry.spec.endpoint import Endpoint
from microshift_telemetry.spec.headers import Header
from microshift_telemetry.spec.tls import TlsConfig

OAUTH2_TLS_FIELD = "spec.authorization.oauth2.tlsConfig"
TOKEN_SERVER = Peer(
    "the token server",
    "spec.authorization.oauth2.tokenUrl",
    tls_field=RECEIVER.tls_field,
    own_tls_field=OAUTH2_TLS_FIELD,
)

GATEWAY = Peer("the gateway", "spec.lifecycle.pushgatewayUrl", tls_field="")

Headers = Mapping[str, str | Credential]


@dataclass(frozen=True, slots=True)
class SendingRules:
    """What the process' settings say of every destination."""

    pull_secret_hosts: frozenset[str] = frozenset()
    """Lower case; only these may get the pull secret."""
    proxies: EnvironmentProxies = field(default_factory=EnvironmentProxies)
    """Used where the spec names no proxy."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a destination's spec names, looked up: the way there, and as whom we go."""

    route: Route
    headers: Headers
    """Of each request."""
    grant: Grant | None = None
    """Gives the header `Authorization` where a token server has a say."""


class Connector:
    """Looks up what a destination needs, only what its spec names, anew for each attempt."""

    def __init__(self, cluster: Cluster, lookup: Lookup, rules: SendingRules, clock: Clock) -> None:
        """Keep nothing between two attempts but access tokens."""
        self._cluster = cluster
        self._lookup = lookup
        self._rules = rules
        self._tokens = Tokens(clock.monotonic)

    async def connect(self, destination: Destination) -> Receiver:
        """Prepare a receiver; nothing goes to it yet. Raises as `prepare` does."""
        ready = await self.prepare(destination)
        repeats = not destination.protocol.shortest_interval
        connection = Connection(destination.target, ready.route, repeats_what_was_sent=repeats)
        return Receiver(connection, ready.headers, ready.grant)

    def connect_gateway(self, gateway: Endpoint) -> Connection:
        """Prepare a connection to a push gateway, which gets no credential of the spec's."""
        proxy = self._rules.proxies.for_endpoint(gateway)
        route = Route(proxy=proxy, peer=GATEWAY)
        return Connection(gateway, route, repeats_what_was_sent=False)

    async def prepare(self, destination: Destination) -> Prepared:
        """Look up what a destination needs.

        Raises:
            CredentialsRefusedError: a credential may not go there; nothing was read.
            OptedOutError: the owner has opted out of what the pull secret is for.
            CredentialsMissingError: a Secret, a ConfigMap or a key is not there or unusable.
            TlsConfigError: a certificate, a key or the CA bundle is none.
            KubeError: the API server did not give a Secret or a ConfigMap.
        """
        refuse_unsafe(destination, self._rules.pull_secret_hosts)
        route = await self._route(destination, destination.endpoint, destination.tls)
        headers = {header.name: await self._header(header) for header in destination.headers}
        ready = Prepared(route, {**headers, **transport_to(destination).headers})
        authorization = await self._authorization(destination, route, headers)
        if isinstance(authorization, Credential):
            return replace(ready, headers={**ready.headers, "Authorization": authorization})
        return replace(ready, grant=authorization)

    async def _authorization(
        self, destination: Destination, route: Route, headers: Headers
    ) -> Credential | Grant | None:
        match destination.authorization:
            case NoAuthorization():
                return None
            case Bearer(credentials):
                value = await self._lookup.value(credentials)
                header = bearer_authorization(value, str(credentials))
                token = header.reveal().removeprefix("Bearer ")
                return await self._exchanged(token, destination, route, headers) or header
            case Basic(user):
                return await self._lookup.basic(user)
            case PullSecret():
                secret = parse_pull_secret(await self._read_pull_secret())
                cluster_id = await self._cluster.identify()
                grant = await self._exchanged(secret.reveal(), destination, route, headers)
                return grant or telemeter_authorization(secret, cluster_id)
            case OAuth2() as oauth2:
                request = await self._token_request(oauth2)
                route = await self._route_to_token_server(destination, oauth2)
                return Grant(self._tokens, request, route)

    async def _exchanged(
        self, token: str, destination: Destination, route: Route, headers: Headers
    ) -> Grant | None:
        """Exchange a token by the receiver's own leave; None where it goes as it is."""
        exchange = transport_to(destination).exchange
        if exchange is None:
            return None
        said = tuple(
            (name, value.reveal() if isinstance(value, Credential) else value)
            for name, value in headers.items()
        )
        cluster_id = await self._cluster.identify()
        return Grant(self._tokens, exchange(destination.endpoint, cluster_id, token, said), route)

    async def _token_request(self, grant: OAuth2) -> TokenRequest:
        client_id = await self._lookup.value(grant.client_id)
        client_secret = await self._lookup.value(grant.client_secret)
        return TokenRequest(
            url=grant.token_url,
            client_id=secret_text(client_id, str(grant.client_id)),
            client_secret=secret_text(client_secret, str(grant.client_secret)),
            scopes=grant.scopes,
            parameters=grant.parameters,
        )

    async def _route_to_token_server(self, destination: Destination, grant: OAuth2) -> Route:
        if grant.tls is None:
            tls, peer = replace(destination.tls, server_name=None), TOKEN_SERVER
        else:
            tls, peer = grant.tls, replace(TOKEN_SERVER, tls_field=OAUTH2_TLS_FIELD)
        return await self._route(destination, grant.token_url, tls, peer)

    async def _route(
        self,
        destination: Destination,
        endpoint: Endpoint,
        tls: TlsConfig,
        peer: Peer = RECEIVER,
    ) -> Route:
        settings = await self._tls(tls, peer.tls_field)
        proxy = await self._proxy(destination, endpoint)
        has_certificate = settings.certificate is not None
        return Route(settings.context(), tls.server_name, proxy, peer, has_certificate)

    async def _tls(self, tls: TlsConfig, path: str) -> TlsSettings:
        value, client = self._lookup.value, tls.client
        return TlsSettings(
            ca=None if tls.ca is None else await value(tls.ca),
            certificate=None if client is None else await value(client.certificate),
            key=None if client is None else await value(client.key),
            is_verified=tls.is_verified,
            path=path,
        )

    async def _proxy(self, destination: Destination, endpoint: Endpoint) -> Proxy | None:
        config = destination.proxy
        if config is None:
            return self._rules.proxies.for_endpoint(endpoint)
        user = None if config.user is None else await self._lookup.basic(config.user)
        return Proxy(config.url, user)

    async def _header(self, header: Header) -> str | Credential:
        if isinstance(header.value, str):
            return header.value
        return header_value(await self._lookup.value(header.value), str(header.value))

    async def _read_pull_secret(self) -> bytes:
        host = self._cluster.host
        try:
            return await host.ask(PULL_SECRET_FILE, lambda host: host.read_bytes(PULL_SECRET_FILE))
        except HostError as error:
            raise CredentialsMissingError(f"{error}: cannot read the pull secret") from error
