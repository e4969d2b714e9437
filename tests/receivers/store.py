"""One empty database of a real receiver: where to write, and how to read back every sample."""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Self
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

from microshift_telemetry.clock import SystemClock, milliseconds
from tests.support.prometheus import REMOTE_WRITE_HEADERS

READY_SECONDS = 60
SECONDS = 30
EVERYTHING = '{__name__!=""}'
FAR = "70d"
"""A range over all that a test ever writes, the future included."""
_DIRECT = build_opener(ProxyHandler({}))

Labels = tuple[tuple[str, str], ...]
"""(name, value), sorted, `__name__` included."""
Stored = Mapping[Labels, list[tuple[int, float]]]
"""(time in ms, value) of every sample, oldest first; one that is stored twice stands twice."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a receiver answered."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes


class Store(ABC):
    """One empty database, of a tenant or of a whole server, until its context ends."""

    write_url: str
    headers: Mapping[str, str]
    """What a sender must add to be let in, the tenant for instance."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:  # noqa: B027  # a tenant ends with its server
        """Let go of it."""

    def write(self, body: bytes, *, with_headers: bool = True) -> Reply:
        """Post a body as remote write 1.0 does."""
        own = self.headers if with_headers else {}
        return post(self.write_url, body, {**REMOTE_WRITE_HEADERS, **own})

    @abstractmethod
    def samples(self) -> Stored:
        """Read back all that is stored."""


class Server(ABC):
    """A product in one setting, running while its context lasts."""

    def __init__(self, directory: Path) -> None:
        """Prepare its files below `directory`."""
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._start(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @abstractmethod
    def store(self, name: str) -> Store:
        """Give an empty database of that name; it ends with its own context or the server's."""

    def settle(self) -> None:  # noqa: B027  # most show at once what they have stored
        """Wait until a query finds all that was written before."""

    def _start(self, stack: ExitStack) -> None:  # noqa: B027  # one that has a process a store
        """Start what all stores share."""


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
    """Post and give the answer, whatever its status is."""
    request = Request(url, body, dict(headers))  # noqa: S310  # ours
    try:
        with _DIRECT.open(request, timeout=SECONDS) as response:
            return _reply(response.status, response.headers.items(), response.read())
    except HTTPError as error:
        with error:
            return _reply(error.code, error.headers.items(), error.read())


def get(url: str, headers: Mapping[str, str] | None = None) -> bytes:
    """Read a page.

    Raises:
        OSError: nobody answers, or not with 200.
    """
    with _DIRECT.open(Request(url, headers=dict(headers or {})), timeout=SECONDS) as response:  # noqa: S310
        return bytes(response.read())


def answers(url: str) -> bool:
    """Tell whether a page is there."""
    try:
        get(url)
    except OSError:
        return False
    return True


def instant_query(api_url: str, range_selector: str, at_ms: int, **more: Any) -> list[Any]:
    """Ask an API as Prometheus has it, and give the `result` list."""
    headers = more.pop("headers", None)
    asked = {"query": range_selector, "time": str(at_ms / 1000), **more}
    answer = json.loads(get(f"{api_url}/query?{urlencode(asked)}", headers))
    result = answer["data"]["result"]
    assert isinstance(result, list)
    return result


def stored(result: Iterable[Mapping[str, Any]], *, but: frozenset[str] = frozenset()) -> Stored:
    """Read the result of a range selector, without the labels that the product adds."""
    return {
        labels_of(series["metric"], but=but): [
            (round(float(seconds) * 1000), float(value)) for seconds, value in series["values"]
        ]
        for series in result
    }


def far_ahead_ms() -> int:
    """Give an instant after all that a test writes, ms."""
    return milliseconds(SystemClock().now() + timedelta(days=3))


def labels_of(metric: Mapping[str, str], *, but: frozenset[str] = frozenset()) -> Labels:
    """Give a series' labels, sorted."""
    return tuple(sorted((name, value) for name, value in metric.items() if name not in but))


def _reply(status: int, headers: Iterable[tuple[str, str]], body: bytes) -> Reply:
    return Reply(status, {name.lower(): value for name, value in headers}, body)
