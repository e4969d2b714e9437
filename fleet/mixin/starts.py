"""Starts of MicroShift, as devices with `spec.lifecycle` tell of each once."""

from fleet.mixin.expressions import RECORDED, STEADY, Expressions
from fleet.mixin.versions import VERSION_CODE, rolled_back
from microshift_telemetry.spec.shaping import INVOCATION

STARTS = "site:microshift_starts:sum"
"""Recorded: the starts of a day at a site, by what they were and what came of them."""
STEPS = [f"{step * 2.5:g}" for step in range(1, 25)]
"""Minutes that a device tells; beyond them there is `60+`."""


def counted(expressions: Expressions) -> str:
    """Count the starts of the last day by site, command and result."""
    starts = expressions.over("count_over_time", INVOCATION, "1d")
    return f"sum by ({expressions.config.site_label}, command, result) ({starts})"


def failed(expressions: Expressions) -> str:
    """Give the starts of a day that did not end well, by their result."""
    recorded = expressions.select(STARTS, 'result!="Success"')
    return f"sum by (result) (last_over_time({recorded}[{RECORDED}]))"


def slow(expressions: Expressions) -> str:
    """Give the devices whose node was Ready late, or not, after a start of the last hours."""
    limit, window = expressions.config.slow_start_minutes, expressions.config.window
    steps = "|".join([*(step for step in STEPS if float(step) > limit), "60[+]"])
    told = expressions.select(INVOCATION, f'duration=~"{steps}"')
    return f"max by ({expressions.device}, duration) (present_over_time({told}[{window}]))"


def went_back(expressions: Expressions) -> str:
    """Give the devices that were rolled back: by what they told of a start, or by their versions.

    What a device tells counts for the hours in which its newer version still does.
    """
    window = expressions.config.window
    told = expressions.select(INVOCATION, 'command="rollback"')
    code = Expressions(expressions.config).recorded(VERSION_CODE, STEADY)
    coded = f"present_over_time({told}[{window}]) * on (version) group_left () {code}"
    return (
        f"{rolled_back(expressions)}\nor on (_id)\nmax by ({expressions.device}, version) ({coded})"
    )


def of_device(expressions: Expressions) -> str:
    """Give every kind of start of a device in the last week, with how often it was."""
    starts = expressions.over("count_over_time", INVOCATION, "7d")
    return f"sum by (command, from_version, version, result, duration) ({starts})"


def a_day(expressions: Expressions) -> str:
    """Count the starts of a device in a day, by what they were."""
    return f"sum by (command) ({expressions.over('count_over_time', INVOCATION, '1d')})"
