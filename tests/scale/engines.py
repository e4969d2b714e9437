"""The example receivers: where a fleet writes, what can be lost, how every sample is read back."""

import json
import re
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.receivers.store import Stored, far_ahead_ms, get, instant_query, labels_of, stored
from tests.receivers.thanos import OWN_LABELS
from tests.scale.pods import Pods
from tests.support.waiting import wait_for

RANGE = "50d"
"""Over the weeks of a disk, and more."""
PENDING = re.compile(r"^vmagent_remotewrite_pending_data_bytes\{.*\} (\S+)$", re.MULTILINE)
QUEUE_SECONDS = 180
LONGEST_RETRY_SECONDS = 65
"""`-remoteWrite.retryMaxInterval` is a minute."""


class Engine(ABC):
    """One example, running while its pods do."""

    example: str
    entry: str
    """The workload that devices write to."""
    port: int
    path: str
    storage: str
    """The workload that keeps the samples."""
    tolerance: float = 0.0
    """By what share a value may differ from the one that was sent."""
    without: tuple[str, ...] = ()

    def __init__(self, directory: Path, *, more: Sequence[str] = ()) -> None:
        """Prepare it; `more` are arguments of each pod beside the manifests'."""
        self.pods = Pods(self.example, directory, without=self.without, more=more)

    def entries(self) -> list[str]:
        """List the addresses that devices write to."""
        return [self.pods.address(pod.name, self.port) for pod in self.pods.of(self.entry)]

    @abstractmethod
    def read(self, ids: Iterable[str], until_ms: int | None = None) -> Stored:
        """Read back every sample of some devices, up to an instant."""

    def settle(self) -> None:  # noqa: B027  # most show at once what they have taken
        """Wait until all that was taken can be read, where something stands in between."""


class Thanos(Engine):
    """Three receivers, each sample on all of them, read through the querier without doubles."""

    example, entry, storage = "thanos", "thanos-receive", "thanos-receive"
    port, path = 19291, "/api/v1/receive"
    without = ("thanos-compact",)

    def read(self, ids: Iterable[str], until_ms: int | None = None) -> Stored:
        api = f"http://{self.pods.address('thanos-query-0', 10902)}/api/v1"
        asked = {"dedup": "true", "partial_response": "true"}
        at_ms = until_ms or far_ahead_ms()
        return stored(instant_query(api, _selector(ids), at_ms, **asked), but=OWN_LABELS)


class Prometheus(Engine):
    """One server."""

    example, entry, storage = "prometheus", "prometheus", "prometheus"
    port, path = 9090, "/api/v1/write"

    def read(self, ids: Iterable[str], until_ms: int | None = None) -> Stored:
        api = f"http://{self.pods.address('prometheus-0', self.port)}/api/v1"
        return stored(instant_query(api, _selector(ids), until_ms or far_ahead_ms()))


class VictoriaMetrics(Engine):
    """Two nodes; each device's series are on one of them."""

    example, entry, storage = "victoria-metrics", "vmagent", "victoria-metrics"
    port, path = 8429, "/api/v1/write"
    tolerance = 1e-9

    def read(self, ids: Iterable[str], until_ms: int | None = None) -> Stored:
        end_ms = until_ms or far_ahead_ms()
        asked = urlencode({"match[]": f'{{_id=~"{"|".join(ids)}"}}', "end": end_ms / 1000})
        found: dict[Any, list[tuple[int, float]]] = {}
        for node in self.pods.of(self.storage):
            url = f"http://{self.pods.address(node.name, 8428)}"
            get(f"{url}/internal/force_flush")
            for line in get(f"{url}/api/v1/export?{asked}").splitlines():
                series = json.loads(line)
                samples = zip(series["timestamps"], map(float, series["values"]), strict=True)
                labels = labels_of(series["metric"], but=frozenset())
                found[labels] = sorted([*found.get(labels, []), *samples])
        return found

    def settle(self) -> None:
        """Wait until vmagent has nothing left, and for the longest of its waits after a failure."""
        agents = [f"http://{address}" for address in self.entries()]
        wait_for(
            "vmagent's queue to be empty",
            lambda: not any(map(_pending_bytes, agents)),
            QUEUE_SECONDS,
        )
        time.sleep(LONGEST_RETRY_SECONDS)


def _pending_bytes(url: str) -> float:
    """Add up what a vmagent still has to send."""
    return sum(map(float, PENDING.findall(get(f"{url}/metrics").decode())))


def _selector(ids: Iterable[str]) -> str:
    return f'{{_id=~"{"|".join(ids)}"}}[{RANGE}]'


ENGINES: Mapping[str, type[Engine]] = {
    each.example: each for each in (Thanos, VictoriaMetrics, Prometheus)
}
