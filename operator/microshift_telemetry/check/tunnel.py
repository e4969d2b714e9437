"""Proxy, TLS and token server: what the first request over a connection, a question, has met."""

import asyncio
from datetime import datetime

import aiohttp

from microshift_telemetry.check.line import Hop, Line, Verdict
from microshift_telemetry.check.tls import (
    WatchedContext,
    agreed_line,
    refused_line,
    shown_certificate,
)
from microshift_telemetry.sending.answer import parse_date
from microshift_telemetry.sending.connection import Connection, UnreachableError
from microshift_telemetry.sending.credentials import CredentialsRefusedError
from microshift_telemetry.sending.raw_answer import Response
from microshift_telemetry.sending.receiver import USER_AGENT
from microshift_telemetry.sending.route import Route
from microshift_telemetry.sending.speaker import Speaker, speaker_of
from microshift_telemetry.sending.tokens import Grant, TokenError
from microshift_telemetry.spec.effective import Destination
from microshift_telemetry.spec.endpoint import Endpoint

LOOK_TIMEOUT = aiohttp.ClientTimeout(total=4.0)

Knocked = Response | UnreachableError
"""What came of asking for the page of an origin, without credentials."""


async def knock(connection: Connection) -> Knocked:
    """Open a connection all the way, by the question that asks a receiver for the date."""
    try:
        return await connection.get_root({"User-Agent": USER_AGENT})
    except UnreachableError as error:
        return error


def date_of(knocked: Knocked) -> datetime | None:
    """Give the date that came with an answer; None when none did."""
    return (
        None if isinstance(knocked, UnreachableError) else parse_date(knocked.headers.get("date"))
    )


def proxy_line(endpoint: Endpoint, route: Route, knocked: Knocked, context: WatchedContext) -> Line:
    """Tell whether the proxy lets us through; one before https does so by a tunnel."""
    proxy = route.proxy
    if proxy is None:
        return Line(Hop.PROXY, Verdict.OK, "none")
    named = f"{proxy.url.origin}, from {proxy.field}"
    if endpoint.is_encrypted and context.has_begun:
        return Line(Hop.PROXY, Verdict.OK, f"{named}: opens a tunnel to {endpoint.origin}")
    if isinstance(knocked, UnreachableError):
        return Line(Hop.PROXY, Verdict.FAILED, str(knocked), knocked.advice)
    if knocked.status_code == 407:
        seen = f"{named}: rejects the operator's credentials (407)"
        remedy = f"correct the user name and password in {proxy.field}"
        if proxy.field.startswith("spec."):
            remedy = "correct the credentials that spec.proxyBasicAuth references"
        return Line(Hop.PROXY, Verdict.FAILED, seen, remedy)
    said = speaker_of(knocked.status_code, knocked.headers, is_read_by_proxy=True)
    if said is Speaker.PROXY:
        seen = f"{named}: answers instead of {endpoint.origin} ({knocked.status_code})"
        remedy = f"configure the proxy to allow requests to {endpoint.origin}"
        return Line(Hop.PROXY, Verdict.FAILED, seen, remedy)
    return Line(Hop.PROXY, Verdict.OK, f"{named}: forwards requests")


async def tls_line(
    to: Destination, route: Route, knocked: Knocked, context: WatchedContext, now: datetime
) -> Line:
    """Tell what was agreed on with the receiver, or look why it was not."""
    if not to.endpoint.is_encrypted:
        return Line(Hop.TLS, Verdict.OK, "none: spec.endpoint is http")
    agreed = context.agreed
    is_ours = isinstance(knocked, UnreachableError) and ".cert" in knocked.advice
    if agreed is not None and not is_ours:
        return agreed_line(agreed, to, now)
    if not isinstance(knocked, UnreachableError):  # it answers, and shows no certificate
        return Line(Hop.TLS, Verdict.OK, "handshake completed")
    shown = None
    if context.has_begun and not is_ours:
        shown = await shown_certificate(to.endpoint, route, LOOK_TIMEOUT)
    return refused_line(knocked, shown, to, now)


async def token_line(grant: Grant | None, seconds: float | None) -> Line:
    """Ask the token server for an access token, of which nobody else knows."""
    if grant is None:
        return Line(Hop.TOKEN, Verdict.OK, "not needed")
    server = grant.source.url.origin
    try:
        async with asyncio.timeout(seconds):
            await grant.token()
    except (TokenError, UnreachableError) as error:
        return Line(Hop.TOKEN, Verdict.FAILED, str(error), error.advice)
    except CredentialsRefusedError as error:
        remedy = "nothing was sent; see CredentialsRefused in docs/troubleshooting.md"
        return Line(Hop.TOKEN, Verdict.FAILED, str(error), remedy)
    except TimeoutError:
        seen = f"the token server {server}: no answer within {seconds:g} s"
        remedy = f"check {grant.source.named_by} and the network"
        return Line(Hop.TOKEN, Verdict.FAILED, seen, remedy)
    return Line(Hop.TOKEN, Verdict.OK, f"{server} issued an access token")
