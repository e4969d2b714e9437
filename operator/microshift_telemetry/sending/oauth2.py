"""OAuth 2: a client's own credentials → the access token that the receiver wants.

Source: RFC 6749, 4.4 (client credentials grant), 2.3.1 (how a client says who it is), 5 (answers).
"""

import json
from collections.abc import Iterable
from contextlib import aclosing
from dataclasses import dataclass, field
from urllib.parse import quote_plus, urlencode

from microshift_telemetry.foreign_text import is_page
from microshift_telemetry.sending.answer import parse_retry_after
from microshift_telemetry.sending.connection import Connection
from microshift_telemetry.sending.credentials import Credential, basic_authorization
from microshift_telemetry.sending.proxies import CREDENTIALS_ADVICE
from microshift_telemetry.sending.raw_answer import Response
from microshift_telemetry.sending.redaction import Redactor
from microshift_telemetry.sending.route import Route
from microshift_telemetry.sending.tokens import MAX_ANSWER_BYTES, Issued, TokenError, seconds_in
from microshift_telemetry.spec.endpoint import Endpoint


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """What a token server is asked."""

    url: Endpoint
    client_id: str
    client_secret: str = field(repr=False)
    scopes: tuple[str, ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()

    named_by = "spec.authorization.oauth2.tokenUrl"
    is_the_receiver = False

    async def ask(self, route: Route) -> Response:
        """Ask the token server."""
        return await _ask(self, route)

    def issued(self, response: Response, known: Iterable[Credential]) -> Issued:
        """Take the token out of its answer; raises as `parse_token` does."""
        return Issued(*parse_token(response, self, known))


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
        said = _said(response, request, known)
        raise _refusal(response, f"{place}: the token server issued no token ({said})")
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
    return authorization, seconds_in(answer.get("expires_in"))


def _refusal(response: Response, text: str) -> TokenError:
    """Give the error of an answer without a token; what lasts is not mended by a wait."""
    if response.status_code < 500 and response.status_code not in {408, 429}:
        return TokenError(text, is_lasting=True)
    wait = parse_retry_after(response.headers.get("retry-after"), response.headers.get("date"))
    return TokenError(text, is_lasting=False, retry_after_seconds=wait)


def _said(response: Response, request: TokenRequest, known: Iterable[Credential]) -> str:
    """Quote a refusal, without what we said ourselves and what we were given before."""
    ours = [request.client_secret, _header(request).reveal()]
    redactor = Redactor([*ours, *(each.reveal() for each in known)])
    page = is_page(response.headers.get("content-type", ""), response.beginning)
    said = redactor.quote(response.beginning, is_page=page)
    return f"{response.status_code}: {said}" if said else str(response.status_code)
