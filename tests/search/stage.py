"""One device and the receivers around it, with all that they see of each other."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from microshift_telemetry.sample.metrics import CAPACITY_CPU, MEMORY_USAGE
from tests.models.model import Answer, Sample
from tests.models.outage import Loss, Outage
from tests.models.push_gateway import PushGateway
from tests.models.telemeter_uploads import TelemeterUploads
from tests.search.bodies import base_of, is_token_request, samples_in
from tests.search.device import Device
from tests.search.wire import ANSWER_SECONDS, Network, Request, connected_to
from tests.support.fakes import MORNING

STATIC, USAGE = CAPACITY_CPU.name, MEMORY_USAGE.name
BEGIN_MS = round(MORNING.timestamp() * 1000)


def ms(at: float) -> int:
    """Tell a moment of the run as samples do."""
    return BEGIN_MS + round(at * 1000)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request that arrived, or whose connection broke."""

    at: float
    destination: tuple[str, str, str]
    """Host, path, and the header that tells one from the other."""
    times_ms: frozenset[int]
    bytes: int
    said: Answer | Loss
    is_from_model: bool
    """The receiver itself has met it, whether the sender hears of that or not."""
    is_stored: bool
    """The receiver has its newest pass now."""
    has_static: bool
    """The static series are in it."""
    credential: str
    """The header `Authorization`."""
    usage: float
    """The newest value of a usage in it; 0 without one."""

    @property
    def host(self) -> str:
        return self.destination[0]

    @property
    def newest_ms(self) -> int:
        return max(self.times_ms)

    @property
    def is_fresh(self) -> bool:
        """It was sent with a fresh pass, which comes with the static series."""
        return self.has_static and self.newest_ms >= ms(self.at - ANSWER_SECONDS) - 30 * 60_000

    @property
    def is_confirmed(self) -> bool:
        return isinstance(self.said, Answer) and 200 <= self.said.status <= 299

    @property
    def is_fresh_taken(self) -> bool:
        """A fresh pass was taken, and its sender may say so."""
        return self.is_from_model and self.is_fresh and self.is_stored and self.is_confirmed


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """A request for an access token that arrived, or whose connection broke."""

    at: float
    host: str
    said: Answer | Loss

    @property
    def is_given(self) -> bool:
        return isinstance(self.said, Answer) and self.said.body.startswith(b"{")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A POST as it reached a host, beside its samples."""

    at: float
    host: str
    path: str
    headers: Mapping[str, str]
    size_bytes: int
    query: str = ""


class Receivers:
    """The hosts of a run, and what was seen of their exchanges."""

    def __init__(self, hosts: Mapping[str, Outage]) -> None:
        """Let them wait; a host that is not among them refuses connections."""
        self._hosts = hosts
        self.exchanges: list[Exchange] = []
        self.two_values: list[tuple[float, int]] = []
        """(when, time in ms) of each sample that came with another value than is stored."""
        self.token_requests: list[TokenRequest] = []

    def is_open(self, host: str) -> bool:
        return host in self._hosts and self._hosts[host].fault is not Loss.REFUSED

    def exchange(self, arrival: Arrival, samples: Sequence[Sample]) -> Answer | Loss:
        outage, at = self._hosts[arrival.host], arrival.at
        model = outage.model
        if isinstance(model, TelemeterUploads) and is_token_request(arrival.path):
            return self._ask_for_token(outage, model, arrival)
        fault = outage.fault_at(arrival.path)
        is_from_model = fault is None or fault is Loss.VANISH
        if is_from_model:
            self.two_values += [
                (at, sample.time_ms)
                for sample in samples
                if model.stored.get(sample[:2], sample.value) != sample.value
            ]
        size, headers = arrival.size_bytes, arrival.headers
        said = outage.exchange(samples, ms(at), size_bytes=size, headers=headers, path=arrival.path)
        times_ms = frozenset(sample.time_ms for sample in samples)
        newest_ms, values = max(times_ms), {}
        newest = [each for each in samples if each.time_ms == newest_ms]
        # A telemeter keeps what is uploaded at its own time.
        stored_ms = ms(at) if isinstance(model, TelemeterUploads) else newest_ms
        for each in newest:
            values[dict(each.series)["__name__"]] = each.value
        self.exchanges.append(
            Exchange(
                at,
                (arrival.host, base_of(arrival.path), headers.get("X-Tag", "")),
                times_ms,
                size,
                said,
                is_from_model,
                any((each.series, stored_ms) in model.stored for each in newest),
                STATIC in values,
                headers.get("Authorization", ""),
                values.get(USAGE, 0.0),
            )
        )
        return said

    def _ask_for_token(
        self, outage: Outage, model: TelemeterUploads, arrival: Arrival
    ) -> Answer | Loss:
        [cluster_id] = parse_qs(arrival.query).get("id", [""])

        def ask() -> Answer:
            return model.authorize(cluster_id, ms(arrival.at), headers=arrival.headers)

        said = outage.meet(ask, arrival.path)
        self.token_requests.append(TokenRequest(arrival.at, arrival.host, said))
        return said


class Stage:
    """A device in a network of hosts; one that is not there refuses connections."""

    def __init__(self, hosts: Mapping[str, Outage], spec: Mapping[str, Any], state: Path) -> None:
        """Lay it out; within `played`, `device.begin` starts the operator."""
        self.hosts = hosts
        self._receivers = Receivers(hosts)
        self.exchanges, self.two_values = self._receivers.exchanges, self._receivers.two_values
        self.token_requests = self._receivers.token_requests
        self.network = Network(now_ms, self._receivers.is_open, self._exchange)
        self.device = Device(spec, state, self.network.cut)

    @contextmanager
    def played(self) -> Iterator[None]:
        """Lead the device's connections to the hosts, and watch its disk."""
        with connected_to(self.network), self.device.disk.watched():
            yield

    def _exchange(self, request: Request) -> Answer | Loss:
        at, url = asyncio.get_running_loop().time(), urlsplit(request.path)
        outage = self.hosts[request.host]
        if isinstance(outage.model, PushGateway):
            return outage.meet(partial(outage.model.push, request.body, ms(at)))
        samples = samples_in(url.path, request.body)
        size = len(request.body)
        arrival = Arrival(at, request.host, url.path, request.headers, size, url.query)
        return self._receivers.exchange(arrival, samples)


def now_ms() -> int:
    """Tell the time as samples do."""
    return ms(asyncio.get_running_loop().time())
