"""OAuth 2: a client's own credentials → the access token that the receiver wants.

Source: RFC 6749, 4.4 (client credentials grant), 2.3.1 (how a client says who it is), 5 (answers).
"""

import json
from collections.abc import Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field
from math import inf, isfinite, isnan
from urllib.parse import quote_plus, urlencode

from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.foreign_text import is_page
from microshift_telemetry.sending.connection import Connection
from microshift_telemetry.sending.credentials import Credential, basic_authorization
from microshift_telemetry.sending.proxies import CREDENTIALS_ADVICE
from microshift_telemetry.sending.raw_answer import Response
from microshift_telemetry.sending.redaction import Redactor
from microshift_telemetry.sending.route import Route
from microshift_telemetry.spec.endpoint import Endpoint

MAX_ANSWER_BYTES = 64 << 10
"""A token has a few kilobytes; with many claims some more."""

EARLY = 0.1
"""A token is renewed when a tenth of its life is left, at most:"""
EARLY_SECONDS = 60.0


class TokenError(TelemetryError):
    """The token server gave no token; the text starts with the field and its host."""

    def __init__(
        self,
        text: str,
        *,
        is_lasting: bool,
        advice: str = "correct spec.authorization.oauth2 or the Secrets that it references",
    ) -> None:
        """Say why; what lasts only an admin can mend, as `advice` tells him."""
        super().__init__(text)
        self.is_lasting, self.advice = is_lasting, advice


ENDLESS_SECONDS = 3600.0
"""After which a token without an end may be renewed again."""


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """What a token server is asked."""

    url: Endpoint
    client_id: str
    client_secret: str = field(repr=False)
    scopes: tuple[str, ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Token:
    authorization: Credential
    good_until: float
    """Monotonic seconds."""
    renewable_from: float = 0.0
    """Until then it stays, though the receiver refuses it: monotonic seconds."""


class Tokens:
    """Access tokens, each used until shortly before it expires."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        """Have none yet; `monotonic` tells the seconds."""
        self._monotonic = monotonic
        self._tokens: dict[TokenRequest, _Token] = {}

    async def authorization(self, request: TokenRequest, route: Route) -> Credential:
        """Give the header, with a token that is still good or a new one.

        Raises:
            UnreachableError: the token server gave no answer.
            TokenError: it gave no token.
        """
        now = self._monotonic()
        self._tokens = {key: token for key, token in self._tokens.items() if now < token.good_until}
        if request not in self._tokens:
            return await self.renewed(request, route)
        return self._tokens[request].authorization

    async def renewed(self, request: TokenRequest, route: Route) -> Credential:
        """Give the header with a new token: the receiver did not accept the last one.

        A renewed token that is refused, too, stays until its end, or for an hour where it has
        none: the token is not what is wrong, and a fleet would ask for one at each retry. So does
        one in whose place no other could be had.

        Raises:
            UnreachableError: the token server gave no answer.
            TokenError: it gave no token.
        """
        asked_at, last = self._monotonic(), self._tokens.get(request)
        if last is not None and asked_at < last.renewable_from:
            return last.authorization
        response = await _ask(request, route)
        known = [] if last is None else [last.authorization]
        authorization, seconds = parse_token(response, request, known)
        good_until = asked_at + seconds - min(EARLY_SECONDS, EARLY * seconds)
        renewable_from = 0.0
        if last is not None:
            renewable_from = good_until if isfinite(good_until) else asked_at + ENDLESS_SECONDS
        self._tokens[request] = _Token(authorization, good_until, renewable_from)
        return authorization


@dataclass(frozen=True, slots=True)
class Grant:
    """A receiver's access token: the one that is good now, for each request."""

    tokens: Tokens
    request: TokenRequest
    route: Route

    async def authorization(self) -> Credential:
        """Give the header; raises as `Tokens.authorization` does."""
        return await self.tokens.authorization(self.request, self.route)

    async def renewed(self) -> Credential:
        """Give another header, or the same where it may not be renewed; raises as well."""
        return await self.tokens.renewed(self.request, self.route)


async def _ask(request: TokenRequest, route: Route) -> Response:
    """Ask with the client's credentials in the header; if that is refused, in the body.

    Every server must understand the header, and some only understand the body.
    """
    fields = [("grant_type", "client_credentials"), *request.parameters]
    if request.scopes:
        fields.append(("scope", " ".join(request.scopes)))
    header = _header(request)
    own = [("client_id", request.client_id), ("client_secret", request.client_secret)]
    headers = {
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    async with aclosing(Connection(request.url, route)) as connection:
        response = await connection.post(
            urlencode(fields).encode(),
            {**headers, "Authorization": header.reveal()},
            MAX_ANSWER_BYTES,
        )
        if response.status_code in {400, 401}:
            body = urlencode([*fields, *own]).encode()
            response = await connection.post(body, headers, MAX_ANSWER_BYTES)
        return response


def _header(request: TokenRequest) -> Credential:
    name, secret = quote_plus(request.client_id), quote_plus(request.client_secret)
    return basic_authorization(name.encode(), secret.encode(), "clientId", "clientSecret")


def parse_token(
    response: Response, request: TokenRequest, known: Iterable[Credential] = ()
) -> tuple[Credential, float]:
    """Take the token out of an answer, with the seconds that it is good for.

    A token whose end is not told, or not as a number, is good until the receiver refuses it; one
    that is good for 0 seconds is for the request at hand.

    Args:
        response: any 2xx may bring a token, and is never quoted.
        request: whose secrets it may repeat.
        known: other secrets that it may repeat.

    Raises:
        TokenError: the answer has no token that can be used.
    """
    place = f"spec.authorization.oauth2.tokenUrl: {request.url.origin}"
    if response.status_code == 407:
        text = "the proxy before the token server rejects the operator's credentials (407)"
        raise TokenError(text, is_lasting=True, advice=CREDENTIALS_ADVICE)
    if not 200 <= response.status_code <= 299:
        lasting = response.status_code < 500 and response.status_code not in {408, 429}
        said = _said(response, request, known)
        raise TokenError(f"{place}: the token server issued no token ({said})", is_lasting=lasting)
    try:
        answer = json.loads(response.beginning)
        token, kind = answer["access_token"], answer.get("token_type", "bearer")
        authorization = Credential(f"Bearer {token}")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        token = kind = None
    # Raised out here, without the error behind it, which knows the answer and with it a token.
    if not isinstance(token, str) or not token or str(kind).lower() != "bearer":
        text = f"{place}: the response contains no bearer token"
        advice = "set spec.authorization.oauth2.tokenUrl to a token URL"
        raise TokenError(text, is_lasting=True, advice=advice)
    return authorization, _seconds(answer.get("expires_in"))


def _seconds(told: object) -> float:
    """Read how long a token is good: servers write a number, or a text with one in it."""
    try:
        seconds = float(str(told))
    except ValueError:
        return inf
    return inf if isnan(seconds) else max(0.0, seconds)


def _said(response: Response, request: TokenRequest, known: Iterable[Credential]) -> str:
    """Quote a refusal, without what we said ourselves and what we were given before."""
    ours = [request.client_secret, _header(request).reveal()]
    redactor = Redactor([*ours, *(each.reveal() for each in known)])
    page = is_page(response.headers.get("content-type", ""), response.beginning)
    said = redactor.quote(response.beginning, is_page=page)
    return f"{response.status_code}: {said}" if said else str(response.status_code)
