"""Tells what the operator does while it does it: its log, its conditions, `kubectl get tcfg`."""

import time
from collections.abc import Mapping
from typing import Any

from tests.demo.stage import Stage
from tests.demo.story import Story

POLL_SECONDS = 0.25
_PRINTED = ("lastReportTime", "nextReportTime", "pendingSamples")
"""What `kubectl get tcfg` shows beside the spec and the conditions."""


class DemoError(Exception):
    """The demo can't go on; the text says why."""


class Narrator:
    """Looks again and again, and tells what is new."""

    def __init__(self, stage: Stage, story: Story) -> None:
        """Have told nothing yet."""
        self._stage = stage
        self._story = story
        self._logged = 0
        self._conditions: dict[str, tuple[str, str]] = {}
        self._shown: tuple[object, ...] = ()

    def tell_until_report(self, after: str, seconds: float) -> Mapping[str, Any]:
        """Tell what happens until a report later than `after` was delivered; give the status.

        Raises:
            DemoError: the operator has ended, or none was delivered in the given time.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            status = self.tell()
            if status.get("lastReportTime", "") > after:
                return status
            time.sleep(POLL_SECONDS)
        raise DemoError(f"no report was delivered for {seconds:.0f} s")

    def tell(self) -> Mapping[str, Any]:
        """Tell what is new since the last time; give the object's status.

        Raises:
            DemoError: the operator has ended.
        """
        self._tell_log()
        if self._stage.operator.exit_code is not None:
            raise DemoError(f"the operator ended by itself with {self._stage.operator.exit_code}")
        found = self._stage.cluster.telemetry_config()
        status: Mapping[str, Any] = found.get("status", {})
        self._tell_conditions(status)
        shown = (found["spec"], *(status.get(key) for key in _PRINTED), dict(self._conditions))
        if status and shown != self._shown:
            self._shown = shown
            printed = self._stage.control_plane.kubectl("get", "tcfg")
            self._story.output("kubectl get tcfg", printed)
        return status

    def _tell_log(self) -> None:
        whole_lines = self._stage.operator.log().rpartition("\n")[0].splitlines()
        for line in whole_lines[self._logged :]:
            self._story.log(line)
        self._logged = len(whole_lines)

    def _tell_conditions(self, status: Mapping[str, Any]) -> None:
        for condition in status.get("conditions", []):
            kind, now = condition["type"], (condition["status"], condition["reason"])
            before = self._conditions.get(kind)
            if before != now:
                self._conditions[kind] = now
                flip = f"{before[0]} -> {now[0]}" if before and before[0] != now[0] else now[0]
                text = f"{flip:<16}  {now[1]}: {condition['message']}"
                self._story.event(f"  {kind}", text)
