"""The steps of a round, and what comes of them: who runs it carries them out."""

from dataclasses import dataclass

from microshift_telemetry.sending.answer import Verdict


@dataclass(frozen=True, slots=True)
class Offer:
    """Send these passes in one request."""

    times_ms: tuple[int, ...]
    is_fresh: bool = False
    """The newest of them is the fresh pass, and has the static series with it."""


@dataclass(frozen=True, slots=True)
class NeedPass:
    """Make a pass."""


Step = Offer | NeedPass


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of a step."""

    now_ms: int
    verdict: Verdict = Verdict.TAKEN
    """On an offer."""
    is_reached: bool = True
    """There was a connection."""
    asks_to_wait: bool = False
    """The receiver says when to come again."""
    pass_ms: int | None = None
    """The pass that was made, or None where nothing could be read."""
