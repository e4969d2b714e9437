"""The push gateway of the starts: whether it answers. It gets no push, since each one counts."""

import asyncio

from microshift_telemetry.check.line import Hop, Line, Verdict
from microshift_telemetry.check.tunnel import knock
from microshift_telemetry.sending.connection import Connection, UnreachableError
from microshift_telemetry.sending.speaker import Speaker, speaker_of
from microshift_telemetry.spec.endpoint import Endpoint

GATEWAY_SECONDS = 6.0

NO_GATEWAY = Line(Hop.GATEWAY, Verdict.OK, "none")


async def gateway_line(
    gateway: Endpoint, connection: Connection, seconds: float = GATEWAY_SECONDS
) -> Line:
    """Tell whether somebody answers at its origin; samples arrive also where nobody does."""
    try:
        async with asyncio.timeout(seconds):
            knocked = await knock(connection)
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
    seen = f"{gateway.origin} answers; no push is made, since it would count as a start"
    return Line(Hop.GATEWAY, Verdict.OK, seen)


def _warning(seen: str, remedy: str) -> Line:
    return Line(
        Hop.GATEWAY, Verdict.WARNING, f"{seen}; starts of MicroShift are not pushed", remedy
    )
