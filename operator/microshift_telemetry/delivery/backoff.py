"""How long to wait before a report is tried again."""

CAP_SECONDS = 900.0
DOUBLINGS = 10
"""2 ** 10 s would be the first step above the cap."""
SLOW_START = 5
"""Steps that are skipped where only an admin can help: the first wait is then up to 32 s."""


def retry_delay_seconds(failures: int, random: float) -> float:
    """Give the wait after so many failures in a row: full jitter from 1 s up.

    At the cap the wait is constant: the fleet is spread by then, and jitter over the whole 15 min
    would double the peak.

    Args:
        failures: how often the report has failed, from 1.
        random: uniform in [0, 1).
    """
    if failures > DOUBLINGS:
        return CAP_SECONDS
    return random * 2.0 ** (failures - 1)
