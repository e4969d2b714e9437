"""Hop after hop, until one fails or time is up."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from microshift_telemetry.check.line import Check, Line, Verdict, completed, has_failed, next_hop
from microshift_telemetry.logs import about

LIMIT_SECONDS = 30.0

Hops = AsyncGenerator[Sequence[Line], None]
"""Gives the lines of one hop after the other, in the order of `Hop`."""

logger = logging.getLogger(__name__)


async def run(name: str, hops: Hops, seconds: float = LIMIT_SECONDS) -> Check:
    """Try one hop after the other; a bug in one is a line, too."""
    lines: list[Line] = []
    try:
        async with asyncio.timeout(seconds), aclosing(hops):
            async for found in hops:
                lines += found
                if has_failed(found):
                    break
    except TimeoutError:
        lines.append(_late(lines, seconds))
    except Exception as error:  # whatever bug it is, what was seen before it counts
        logger.exception("internal error while checking", extra=about(name))
        lines.append(_bug(lines, error))
    return Check(name, completed(lines))


def _late(lines: Sequence[Line], seconds: float) -> Line:
    seen = f"no result within the {seconds:g} s of a check"
    return Line(
        next_hop(lines), Verdict.FAILED, seen, "run the check again when the device is less busy"
    )


def _bug(lines: Sequence[Line], error: Exception) -> Line:
    seen = f"internal error ({type(error).__name__})"
    remedy = "report this bug with the traceback from the operator's log"
    return Line(next_hop(lines), Verdict.FAILED, seen, remedy)
