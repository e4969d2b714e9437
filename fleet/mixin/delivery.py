"""Expressions about samples that are refused, dropped, late, or of a wrong time."""

from fleet.mixin.expressions import STEADY, Expressions
from fleet.mixin.names import HEARTBEAT
from microshift_telemetry.sample import metrics
from microshift_telemetry.spec.shaping import DROPPED_SAMPLES, OLDEST_PENDING

FRESH = "device:microshift_report:fresh"
"""Recorded: 1 for each device whose newest sample is younger than an hour."""
AHEAD = "5m"
"""A clock is ahead if a sample is newer than now by more than this."""
SPARSE = "site:microshift_devices_sparse:count"
"""Recorded: devices of which few samples arrive."""
DROPPING = "site:microshift_devices_dropping:count"
"""Recorded: devices that drop samples."""
SPARSE_SHARE = 4
"""Samples are sparse if fewer than one in this number arrived."""
_FUTURE = "offset -1d5m"
_STEADY_DAYS = 3
"""Days on each of which a device has to have reported before it is judged by its samples."""


def fresh(expressions: Expressions) -> str:
    """Give the devices whose newest sample is younger than an hour; a report's is, on arrival."""
    return expressions.per_device(expressions.over("present_over_time", HEARTBEAT, "1h"))


def received(expressions: Expressions) -> str:
    """Give the samples of one hourly series of a day, of each device.

    The day ended so long ago that the report with its samples has come: up to now there are only
    those that the newest report had.
    """
    config, metric = expressions.config, metrics.MEMORY_USAGE.name
    daily, slow = f"[1d] offset {config.window}", f"[1d] offset {config.slow_window}"
    return expressions.per_device(expressions.by_interval("count_over_time", metric, daily, slow))


def sparse(expressions: Expressions) -> str:
    """Give the devices of which few samples arrived, though they report every day.

    That is what a receiver leaves that refuses all but the newest sample of each report. The newest
    report may be as old as the window is long, and has the samples of the day before it.
    """
    config = expressions.config
    counted = expressions.over("count_over_time", metrics.MEMORY_USAGE.name, config.whole_day)
    return (
        f"{expressions.per_device(counted)} * {SPARSE_SHARE} < {config.samples_a_day}\n"
        f"and on (_id)\n{_reported_daily(expressions)}"
    )


def ahead(expressions: Expressions) -> str:
    """Give the devices that sent a sample whose time is yet to come."""
    return expressions.per_device(_to_come(expressions))


def seconds_ahead(expressions: Expressions) -> str:
    """Give how far their samples are ahead of now, in seconds."""
    stamped = f"timestamp({expressions.select(HEARTBEAT)})[1d:{AHEAD}] {_FUTURE}"
    return f"{expressions.per_device(f'max_over_time({stamped})')} - time()"


def _to_come(expressions: Expressions) -> str:
    return f"present_over_time({expressions.select(HEARTBEAT)}[1d] {_FUTURE})"


def behind(expressions: Expressions) -> str:
    """Give the devices that report every day, but never a sample younger than an hour."""
    recording = Expressions(expressions.config).select(FRESH)
    days = f"{_STEADY_DAYS * expressions.config.window_hours}h"
    return (
        f"{expressions.per_device(_reported_daily(expressions))}\n"
        f"and on () count(present_over_time({recording}[1d] offset {days}))\n"
        f"unless on (_id)\npresent_over_time({expressions.select(FRESH)}[{days}])"
    )


def _reported_daily(expressions: Expressions) -> str:
    window, hours = expressions.config.window, expressions.config.window_hours
    return "\nand on (_id)\n".join(
        expressions.over("present_over_time", HEARTBEAT, window, f"{day * hours}h" if day else "")
        for day in range(_STEADY_DAYS)
    )


def dropping(expressions: Expressions) -> str:
    """Give how many samples devices dropped in the last two days; needs `spec.selfMetrics`.

    Of samples an hour apart `increase` is a guess: Prometheus extrapolates it, and VictoriaMetrics
    lets a counter begin at 0. A counter that was made anew counts from there.
    """
    newest, oldest = (
        expressions.over(function, DROPPED_SAMPLES, expressions.config.whole_day)
        for function in ("last_over_time", "min_over_time")
    )
    return f"{expressions.per_device(f'{newest} - {oldest}')} > 0"


def pending_seconds(expressions: Expressions) -> str:
    """Give the age of the oldest sample that a device had yet to deliver; needs `selfMetrics`."""
    return expressions.per_device(expressions.newest(OLDEST_PENDING))


def refused(expressions: Expressions, seen: str) -> str:
    """Give the share of the fleet, in percent, of which few samples arrive or many are dropped.

    `seen` is the record that counts the devices that report.
    """
    config = expressions.config
    total = f"sum({expressions.recorded(seen, STEADY)})"

    def share(record: str) -> str:
        devices = f"sum({expressions.recorded(record, STEADY)})"
        return (
            f"(100 * {devices} / {total} > {config.refused_percent}\n"
            f"and {devices} >= {config.refused_devices})"
        )

    return f"{share(SPARSE)}\nor\n{share(DROPPING)}"
