"""The push gateway of the starts: whether it answers. It gets no push, since each one counts."""

import asyncio

from microshift_telemetry.check.line import Hop, Line, Verdict
from microshift_telemetry.check.tunnel import Knocked
from microshift_telemetry.foreign_text import is_page
from microshift_telemetry.report.push import HEADERS, push_endpoint
from microshift_telemetry.sending.connection import Connection, UnreachableError
from microshift_telemetry.sending.raw_answer import Response
from microshift_telemetry.sending.receiver import BODY_BYTES, origin_in
from microshift_telemetry.sending.speaker import Speaker, speaker_of
from microshift_telemetry.spec.endpoint import Endpoint

GATEWAY_SECONDS = 6.0

NO_GATEWAY = Line(Hop.GATEWAY, Verdict.OK, "none")


async def gateway_line(
    gateway: Endpoint, connection: Connection, seconds: float = GATEWAY_SECONDS
) -> Line:
    """Tell whether somebody answers where pushes go; samples arrive also where nobody does.

    Any page at the origin would say nothing: gateways have one too. A login page stands everywhere.
    """
    try:
        async with asyncio.timeout(seconds):
            knocked = await _look(connection)
    except TimeoutError:
        seen = f"the gateway {gateway.origin}: no answer within {seconds:g} s"
        return _warning(seen, "check spec.lifecycle.pushgatewayUrl and the network")
    if isinstance(knocked, UnreachableError):
        return _warning(str(knocked), knocked.advice)
    said = speaker_of(
        knocked.status_code, knocked.headers, is_read_by_proxy=connection.is_read_by_proxy
    )
    if said is Speaker.PROXY:
        seen = f"the proxy answers instead of the gateway {gateway.origin} ({knocked.status_code})"
        return _warning(seen, f"configure the proxy to allow requests to {gateway.origin}")
    elsewhere = _elsewhere(knocked, push_endpoint(gateway).shown)
    if elsewhere is not None:
        return elsewhere
    seen = f"{gateway.origin} answers; no push is made, since it would count as a start"
    return Line(Hop.GATEWAY, Verdict.OK, seen)


async def _look(connection: Connection) -> Knocked:
    """Ask by the request that counts nothing, with no header that a push does not have."""
    headers = {name: HEADERS[name] for name in ("Accept-Encoding", "User-Agent")}
    try:
        return await connection.get(headers, BODY_BYTES)
    except UnreachableError as error:
        return error


def _elsewhere(answer: Response, url: str) -> Line | None:
    """Tell of a web page, or the way to one, which takes no push."""
    code, field = answer.status_code, "spec.lifecycle.pushgatewayUrl"
    if 300 <= code <= 399:
        origin = origin_in(answer.headers.get("location", ""))
        to = f" to {origin}" if origin else ""
        seen = f"GET {url} is redirected{to} ({code}); redirects are never followed"
        return _warning(seen, f"set {field} to the final URL")
    if not is_page(answer.headers.get("content-type", ""), answer.beginning) or code > 299:
        return None
    remedy = "if it is the login page of your network, log in there; otherwise correct"
    return _warning(f"GET {url} returns a web page ({code})", f"{remedy} {field}")


def _warning(seen: str, remedy: str) -> Line:
    return Line(
        Hop.GATEWAY, Verdict.WARNING, f"{seen}; starts of MicroShift are not pushed", remedy
    )
