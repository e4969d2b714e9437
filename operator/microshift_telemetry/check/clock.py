"""Whether the device's clock is right: by the kernel's word, and by the receiver's."""

from datetime import datetime

from microshift_telemetry.buffer.dating import EARLIEST_MS
from microshift_telemetry.check.line import Hop, Line, Verdict
from microshift_telemetry.clock import Instant, moment
from microshift_telemetry.controller.clock_witness import TOLERANCE, difference
from microshift_telemetry.controller.timekeeping import MOST_APART

_SET_IT = "set the device's clock: `chronyc tracking` shows chronyd's state"


def clock_line(instant: Instant, *, is_trusted: bool) -> Line:
    """Tell what the device itself says of its clock.

    Args:
        instant: a look at it.
        is_trusted: the kernel or a receiver has vouched for it since it was last set.
    """
    time = moment(instant.wall_ms).strftime("%Y-%m-%dT%H:%M:%SZ")
    if instant.wall_ms < EARLIEST_MS:
        return Line(Hop.CLOCK, Verdict.FAILED, f"the clock shows {time}: it was never set", _SET_IT)
    if instant.is_synchronized:
        return Line(Hop.CLOCK, Verdict.OK, f"{time}; synchronized, according to the kernel")
    word = "a receiver confirmed it" if is_trusted else "see the receiver's clock below"
    return Line(Hop.CLOCK, Verdict.OK, f"{time}; not confirmed by the kernel; {word}")


def time_line(date: datetime | None, instant: Instant, *, is_trusted: bool) -> Line:
    """Compare the clock with the `Date` of the receiver's answer; arguments as above."""
    is_vouched = instant.is_synchronized or is_trusted
    if date is None:
        if is_vouched:
            return Line(Hop.TIME, Verdict.OK, "the receiver sends no date")
        seen = "neither the kernel nor the receiver confirms the device's clock"
        return Line(
            Hop.TIME, Verdict.WARNING, f"{seen}; reports wait until it has run for an hour", _SET_IT
        )
    ahead = moment(instant.wall_ms) - date
    if abs(ahead) <= TOLERANCE:
        seconds = ahead.total_seconds()
        return Line(Hop.TIME, Verdict.OK, f"{abs(seconds):.0f} s off the device's clock")
    if abs(ahead) > MOST_APART and not is_vouched:
        seen = f"{difference(ahead)}; samples are not sent with wrong timestamps"
        return Line(Hop.TIME, Verdict.FAILED, seen, _SET_IT)
    seen = f"{difference(ahead)}, although the kernel reports it as synchronized"
    if not instant.is_synchronized:
        seen = difference(ahead)
    return Line(Hop.TIME, Verdict.WARNING, seen, "correct whichever of the two clocks is wrong")
