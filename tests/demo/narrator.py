"""Tells what the operator does while it does it: its log, its conditions, `kubectl get tcfg`."""

import time
from collections.abc import Mapping
from typing import Any

from kubernetes.client import ApiException
from urllib3.exceptions import HTTPError

from tests.demo.stage import Stage
from tests.demo.story import Story
from tests.support.control_plane import KubectlError

POLL_SECONDS = 0.25
_PRINTED = ("lastReportTime", "pendingSamples")
"""What `kubectl get tcfg` shows beside the spec and the conditions."""


NO_ANSWER = (ApiException, HTTPError, KubectlError)
"""How the API server's client and kubectl tell that something is not there or does not answer."""


class DemoError(Exception):
    """The demo can't go on; the text says why."""


class OperatorEndedError(DemoError):
    """The operator's process has ended by itself, or somebody has ended it."""


class Narrator:
    """Looks again and again, and tells what is new."""

    def __init__(self, stage: Stage, story: Story) -> None:
        """Have told nothing yet."""
        self._stage = stage
        self._story = story
        self._logged = 0
        self._conditions: dict[str, tuple[str, str]] = {}
        self._shown: tuple[object, ...] = ()
        self._trouble = ""

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

        What somebody deletes, or a server that does not answer, is told and waited for.

        Raises:
            OperatorEndedError: the operator's process has ended.
        """
        self._tell_log()
        if self._stage.operator.exit_code is not None:
            self._logged = 0
            raise OperatorEndedError(
                f"the operator's process ended: {self._stage.operator.exit_code}"
            )
        try:
            status = self._tell_object()
        except NO_ANSWER as error:
            self._tell_trouble(_trouble(error))
            return {}
        self._tell_trouble("")
        return status

    def _tell_object(self) -> Mapping[str, Any]:
        found = self._stage.cluster.telemetry_config()
        status: Mapping[str, Any] = found.get("status", {})
        self._tell_conditions(status)
        shown = (found["spec"], *(status.get(key) for key in _PRINTED), dict(self._conditions))
        if status and shown != self._shown:
            self._shown = shown
            printed = self._stage.control_plane.kubectl("get", "tcfg")
            self._story.output("kubectl get tcfg", printed)
        return status

    def _tell_trouble(self, trouble: str) -> None:
        if trouble not in {"", self._trouble}:
            self._story.event("cluster", trouble)
            self._conditions, self._shown = {}, ()
        self._trouble = trouble

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


def _trouble(error: Exception) -> str:
    if isinstance(error, ApiException) and error.status == 404:
        return "the TelemetryConfig is gone; nothing is measured without it"
    if isinstance(error, KubectlError):
        return f"not to be had: {error}"
    return f"the API server does not answer: {type(error).__name__}"
