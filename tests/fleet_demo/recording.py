"""Records the fleet's rules for the past, by a real vmalert that replays them."""

from pathlib import Path

import yaml

from microshift_telemetry.clock import moment
from tests.fleet_demo.device import HOUR_MS, SECOND_MS, Span
from tests.fleet_demo.rules import Rule
from tests.support.process import ManagedProcess, ProcessError
from tests.support.tools import program

EVERY_MS = HOUR_MS
"""Whatever interval a group has: samples come an hour apart."""
REPLAY_SECONDS = 600
POINTS_A_QUERY = 500


def record(rule: Rule, url: str, during: Span, directory: Path) -> None:
    """Evaluate a recording rule at every full hour of a time, into the same receiver.

    Raises:
        ProcessError: vmalert did not do it.
    """
    directory.mkdir(parents=True, exist_ok=True)
    name = rule["record"].replace(":", "-")
    group = {"name": name, "interval": f"{EVERY_MS // SECOND_MS}s", "rules": [rule]}
    file = directory / f"{name}.yaml"
    file.write_text(yaml.safe_dump({"groups": [group]}))
    command: list[str | Path] = [
        program("vmalert"),
        f"-rule={file}",
        f"-datasource.url={url}",
        f"-remoteWrite.url={url}",
        f"-replay.timeFrom={_written(-(-during.begin_ms // EVERY_MS) * EVERY_MS)}",
        f"-replay.timeTo={_written(during.end_ms // EVERY_MS * EVERY_MS)}",
        f"-replay.maxDatapointsPerQuery={POINTS_A_QUERY}",
        "-replay.disableProgressBar",
        "-replay.rulesDelay=0s",
        "-remoteWrite.flushInterval=100ms",
    ]
    with ManagedProcess("vmalert", command, directory / f"{name}.log") as process:
        if process.wait(REPLAY_SECONDS) != 0:
            raise ProcessError(f"vmalert: {process.log().splitlines()[-1]}")


def _written(time_ms: int) -> str:
    """Write a moment as RFC 3339."""
    return f"{moment(time_ms):%Y-%m-%dT%H:%M:%SZ}"
