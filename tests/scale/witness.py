"""A real operator among the simulated devices: what its status says while a receiver is lost."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.request import ProxyHandler, build_opener

from tests.receivers.store import Labels
from tests.support.device import Device
from tests.support.operator_process import OperatorProcess

A_BREATH_SECONDS = 0.5
PATIENCE_SECONDS = 120

Status = Mapping[str, Any]
Sample = tuple[Labels, int, float]


@dataclass(frozen=True, slots=True)
class Request:
    """One request of the operator's own history."""

    status_code: int | None
    """None where no answer came."""
    samples: frozenset[Sample]

    @property
    def is_taken(self) -> bool:
        return self.status_code == 200


class Witness:
    """Asks an operator for one report after the other, and keeps every status it shows."""

    def __init__(self, device: Device, operator: OperatorProcess) -> None:
        self._device, self._operator = device, operator
        self.statuses: list[Status] = []
        self._requests: dict[int, Request] = {}
        self._stop = threading.Event()
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Witness":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        if self._error is not None:
            raise self._error

    def report_until_delivered(self) -> Status:
        """Ask once more, and wait until it says that it was delivered."""
        self._device.request_report("last")
        self._device.wait_until_handled("last")
        self._device.wait_for("Reporting", "ReportDelivered", seconds=PATIENCE_SECONDS)
        return self._device.status()

    def history(self) -> list[Request]:
        """Give all requests that the operator has sent, as it keeps them itself."""
        self._read_history()
        return list(self._requests.values())

    def _read_history(self) -> None:
        """Read it again and again: the operator keeps the last ones only."""
        url = self._operator.preview_url.replace("/preview", "/history?name=cluster")
        opener = build_opener(ProxyHandler({}))
        opener.addheaders = [("Accept", "application/json")]
        with opener.open(url, timeout=30) as response:
            reports = json.load(response)["reports"]
        self._requests |= {
            each["timeMs"]: _request(each) for report in reports for each in report["requests"]
        }

    def _watch(self) -> None:
        number = 0
        try:
            while not self._stop.wait(A_BREATH_SECONDS):
                number += 1
                self._device.request_report(str(number))
                self.statuses.append(self._device.wait_until_handled(str(number)))
                self._read_history()
        except Exception as error:  # noqa: BLE001  # who leaves the context raises it
            self._error = error


def reason(status: Status, kind: str) -> str:
    """Give the reason of one condition."""
    return str(next(each["reason"] for each in status["conditions"] if each["type"] == kind))


def is_ready(status: Status) -> bool:
    """Tell whether a status says that the device is well."""
    return any((each["type"], each["status"]) == ("Ready", "True") for each in status["conditions"])


def _request(sent: Mapping[str, Any]) -> Request:
    answer = sent["answer"]
    return Request(
        None if answer is None else answer["statusCode"],
        frozenset(
            (tuple(sorted(each["labels"].items())), time_ms, value)
            for each in sent["series"]
            for time_ms, value in each["samples"]
        ),
    )
