"""Versions as numbers: how PromQL learns that 4.9 is older than 4.18."""

from fleet.mixin.expressions import FULL_VERSION, STEADY, Expressions
from microshift_telemetry.sample import metrics

VERSION_CODE = "version:microshift_version:code"
"""Recorded, one series per version: major * 1,000,000 + minor * 1,000 + patch."""
RAN = "version:microshift_version:ran"
"""Recorded: 1 for each version, so that the devices are read once and not for each of its parts."""
RUNNING = "site:microshift_version:count"
"""Recorded: the devices of a site that run a version."""


def ran(expressions: Expressions) -> str:
    """Give every version that a device ran in the last week, once, with the value 1."""
    full = expressions.select(metrics.MICROSHIFT_VERSION.name, f'version=~"{FULL_VERSION}"')
    return f"count by (version) (present_over_time({full}[{expressions.config.known}])) ^ 0"


def version_code(expressions: Expressions) -> str:
    """Give the number of every version that a device ran in the last week.

    PromQL makes no number of a label, with one exception: `le`, the upper bound of a histogram's
    bucket. The 1-quantile of a histogram with a single bucket is that bound.
    """
    recorded = expressions.recorded(RAN)
    parts = [
        _number(recorded, f"{skipped}([0-9]+).*")
        for skipped in ("", "[0-9]+[.]", "[0-9]+[.][0-9]+[.]")
    ]
    return f"1000000 * {parts[0]}\n+ 1000 * {parts[1]}\n+ {parts[2]}"


def _number(versions: str, pattern: str) -> str:
    return (
        "histogram_quantile(1,\n"
        f'  label_replace({versions}, "le", "$1", "version", "{pattern}")\n'
        f'  or label_replace({versions}, "le", "+Inf", "version", ".*")\n)'
    )


def coded(expressions: Expressions, window: str = "") -> str:
    """Give the version of each device's series as its number, with all labels of the series."""
    newest = expressions.over("last_over_time", metrics.MICROSHIFT_VERSION.name, window)
    code = Expressions(expressions.config).recorded(VERSION_CODE, STEADY)
    return f"{newest} * on (version) group_left () {code}"


def current(expressions: Expressions) -> str:
    """Give the version that each device runs, once, with all labels: the highest in its window."""
    return f"topk by (_id) (1, {coded(expressions)})"


def rolled_back(expressions: Expressions) -> str:
    """Give the devices that ran a higher version within the last week than they run now."""
    earlier = f"max by (_id) ({coded(expressions, expressions.config.known)})"
    return f"{_named(expressions)}\n< on (_id) group_left ()\n{earlier}"


def behind(expressions: Expressions) -> str:
    """Give, for devices that are too far behind, the minor versions that they lack.

    A lower major version counts as a thousand minor ones. The newest version is the highest that
    enough devices of the whole fleet run.
    """
    config = expressions.config
    fleet = Expressions(config)
    running = f"sum by (version) ({fleet.recorded(RUNNING, STEADY)})"
    total = f"scalar(sum({fleet.recorded(RUNNING, STEADY)}))"
    newest = (
        f"max(floor({fleet.recorded(VERSION_CODE, STEADY)} / 1000)\n"
        f"  and on (version) {running} * 100 >= {config.newest_percent} * {total})"
    )
    return (
        f"{newest}\n- on () group_right ()\nfloor({_named(expressions)} / 1000)\n"
        f">= {config.versions_behind}"
    )


def _named(expressions: Expressions) -> str:
    return f"max by ({expressions.device}, version) ({current(expressions)})"
