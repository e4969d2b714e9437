"""When an edit takes effect: what narrows at once, what widens after the spec has stood a while.

An image builder's own object in a second manifest directory is taken away by the first apply of
every MicroShift start and brought back by the second, seconds later. Whoever sent at once in
between would send what the builder has forbidden.
"""

from dataclasses import replace
from datetime import timedelta

from microshift_telemetry.spec.effective import Effective
from microshift_telemetry.spec.lifecycle import told_at_once

LONGEST_SETTLING = timedelta(minutes=2)


def settling_time(newest: Effective) -> timedelta:
    """Tell how long a spec must have stood unchanged before it is used for sending."""
    return min(LONGEST_SETTLING, newest.sending_interval / 10)


def usable_at_once(in_force: Effective | None, newest: Effective | None) -> Effective | None:
    """Tell what of an edit may be used for sending before it has settled.

    Args:
        in_force: what reports are sent by now; None when nothing may be sent.
        newest: the edited spec; None when it can't be used.

    Returns:
        None when nothing may be sent until the edit has settled: it opts out, it can't be used, or
        it sends elsewhere or as someone else. Otherwise the edit, with what it no longer excludes
        still excluded, and what it no longer anonymises still anonymised.
    """
    if in_force is None or newest is None or not newest.enabled:
        return None
    if newest.destination != in_force.destination:
        return None
    return replace(
        newest,
        excluded=newest.excluded | in_force.excluded,
        anonymized=newest.anonymized | in_force.anonymized,
        lifecycle=told_at_once(in_force.lifecycle, newest.lifecycle),
    )


def is_narrowed(before: Effective | None, after: Effective | None) -> bool:
    """Tell whether a POST that was begun under `before` must not go on under `after`."""
    if before is None:
        return False
    if after is None:
        return True
    return not (after.excluded <= before.excluded and after.anonymized <= before.anonymized)
