"""Who we are to the receiver: the kinds of `spec.authorization`, and where their secrets lie."""

from dataclasses import dataclass

from microshift_telemetry.spec.endpoint import Endpoint, parse_endpoint
from microshift_telemetry.spec.errors import SpecError
from microshift_telemetry.spec.fields import Fields, refuse_more
from microshift_telemetry.spec.references import (
    KeyReference,
    UserReference,
    parse_key,
    parse_secret_or_config_map,
    parse_user,
    required,
)
from microshift_telemetry.spec.tls import TlsConfig, parse_tls


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
class Basic:
    """A user name and a password from Secrets."""

    user: UserReference
    type = "Basic"


@dataclass(frozen=True, slots=True)
class OAuth2:
    """An access token that a token server gives for a client's own credentials."""

    client_id: KeyReference
    client_secret: KeyReference
    token_url: Endpoint
    scopes: tuple[str, ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()
    """(name, value) pairs beside those of the grant, sorted by name."""
    tls: TlsConfig | None = None
    """To the token server; None means as to the receiver, but for the name in its certificate."""
    type = "OAuth2"


@dataclass(frozen=True, slots=True)
class NoAuthorization:
    """The receiver asks for nothing."""

    type = "None"


MAX_SCOPES = 32
MAX_ENDPOINT_PARAMETERS = 16

_MEMBERS = ("bearer", "basic", "oauth2")

Authorization = PullSecret | Bearer | Basic | OAuth2 | NoAuthorization


def parse_authorization(fields: Fields) -> Authorization | None:
    """Read `spec.authorization`; None when it is absent. Members of other types are ignored.

    Raises:
        SpecError: the type is unknown, or the member that it names is incomplete.
    """
    match fields.one_of("type", "PullSecret", "Bearer", "Basic", "OAuth2", "None"):
        case "PullSecret":
            return PullSecret()
        case "Bearer":
            return Bearer(parse_key(fields.object("bearer").object("credentials")))
        case "Basic":
            return Basic(parse_user(fields.object("basic")))
        case "OAuth2":
            return _oauth2(fields.object("oauth2"))
        case "None":
            return NoAuthorization()
        case _ if any(fields.has(member) for member in _MEMBERS):
            raise SpecError(f"{fields.path}.type: missing; it selects the authorization method")
        case _:
            return None


def _oauth2(fields: Fields) -> OAuth2:
    client_id, tls = fields.object("clientId"), fields.given("tlsConfig")
    scopes, parameters = fields.texts("scopes"), fields.object("endpointParams")
    refuse_more(f"{fields.path}.scopes", scopes, MAX_SCOPES)
    refuse_more(parameters.path, parameters.names(), MAX_ENDPOINT_PARAMETERS)
    return OAuth2(
        client_id=required(parse_secret_or_config_map(client_id), client_id.path),
        client_secret=parse_key(fields.object("clientSecret")),
        token_url=parse_endpoint(fields.required_text("tokenUrl"), f"{fields.path}.tokenUrl"),
        scopes=scopes,
        parameters=parameters.text_pairs(),
        tls=None if tls is None else parse_tls(tls),
    )
