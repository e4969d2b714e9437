"""Records the fleet's rules for the past, by a real vmalert that replays them."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml

from microshift_telemetry.clock import moment
from tests.fleet_demo.dashboards import Dashboard, step_ms
from tests.fleet_demo.device import MINUTE_MS, SECOND_MS
from tests.fleet_demo.rules import Rules
from tests.support.process import ManagedProcess, ProcessError
from tests.support.tools import program

REPLAY_SECONDS = 300
POINTS_A_QUERY = 500


def recorded_at(dashboards: Iterable[Dashboard], now_ms: int) -> Iterator[range]:
    """Give the moments at which dashboards look: there a rule's result must be as if just recorded.

    Every minute of the whole time would be a thousand times the work.
    """
    begins: dict[int, int] = {}
    for dashboard in dashboards:
        for panel in dashboard.panels:
            step = step_ms(panel, dashboard.range_ms)
            begin = (now_ms - dashboard.range_ms) // step * step
            begins[step] = min(begin, begins.get(step, begin))
    for step, begin_ms in begins.items():
        yield range(begin_ms, now_ms + 1, step)
    yield range(now_ms - MINUTE_MS, now_ms + 1, MINUTE_MS)


def record(rules: Rules, url: str, times_ms: range, directory: Path) -> None:
    """Evaluate the recording rules at every moment that is given, into the same receiver.

    A rule of another rule needs that one's results, so each is a replay of its own.

    Raises:
        ProcessError: vmalert did not do it.
    """
    directory.mkdir(parents=True, exist_ok=True)
    step = times_ms.step // SECOND_MS
    for number, rule in enumerate(rules.recording):
        group = {
            "name": f"recorded-{number}",
            "interval": f"{step}s",
            "eval_alignment": False,
            "rules": [rule],
        }
        file = directory / f"{number}.yaml"
        file.write_text(yaml.safe_dump({"groups": [group]}))
        command: list[str | Path] = [
            program("vmalert"),
            f"-rule={file}",
            f"-datasource.url={url}",
            f"-remoteWrite.url={url}",
            f"-replay.timeFrom={_written(times_ms[0])}",
            f"-replay.timeTo={_written(times_ms[-1])}",
            f"-replay.maxDatapointsPerQuery={POINTS_A_QUERY}",
            "-replay.disableProgressBar",
            "-replay.rulesDelay=0s",
            "-remoteWrite.flushInterval=100ms",
        ]
        with ManagedProcess("vmalert", command, directory / f"{number}.log") as process:
            if process.wait(REPLAY_SECONDS) != 0:
                raise ProcessError(f"vmalert: {process.log().splitlines()[-1]}")


def _written(time_ms: int) -> str:
    """Write a moment as RFC 3339."""
    return f"{moment(time_ms):%Y-%m-%dT%H:%M:%SZ}"
