"""telemeter-server's `/authorize` and `/upload`, as far as a client can tell; no code of ours.

It is given a clock, so that tests may live hours in it. What it takes goes to what stands behind.
"""

import base64
import hashlib
import hmac
import json
import struct
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from tests.support.decoder import DecodeError
from tests.support.fault_receiver import Answer
from tests.support.framed_snappy import decompress_stream
from tests.support.metric_families import (
    COUNTER,
    GAUGE,
    UNTYPED,
    DecodedFamily,
    DecodedMetric,
    decode_families,
)

UPLOAD_GAP_SECONDS = 270.0
MAX_BYTES = 512_000
"""Of an upload, decompressed."""
MAX_NAME_BYTES = 255
OLDEST_MS = 24 * 3_600_000
TOKEN_SECONDS = 86_400
CONTENT_TYPE = (
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
)


class Sample(NamedTuple):
    """One sample as it goes to what stands behind."""

    labels: tuple[tuple[str, str], ...]
    """Sorted, `__name__` among them."""
    time_ms: int
    value: float


@dataclass(frozen=True, slots=True)
class Arrival:
    """One request that was answered."""

    at: float
    path: str
    status: int
    headers: Mapping[str, str]
    body: bytes


class RefusedError(Exception):
    """A request is answered with this."""

    def __init__(self, status: int, words: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(words)
        self.answer = Answer(status, f"{words}\n".encode(), headers or {})


@dataclass
class Telemeter:
    """The server; `now` tells the seconds since the epoch."""

    now: Callable[[], float]
    accounts: Mapping[str, str]
    """Token → account."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Of every cluster, beside its `_id`."""
    token_seconds: int = TOKEN_SECONDS
    allowed: Set[str] | None = None
    """Names of the metrics on its allow-list; None: all."""
    behind: Callable[[list[Sample]], bool] = lambda _: True
    """Takes samples; False where it is away."""
    base: str = ""
    """A path before `/authorize` and `/upload`."""
    faults: dict[str, Answer] = field(default_factory=dict)
    """Path → what every request there gets, whatever it has."""
    arrivals: list[Arrival] = field(default_factory=list)
    accepted: list[list[Sample]] = field(default_factory=list)
    """Of each upload that was answered 200."""

    def __post_init__(self) -> None:
        self._key = b"a key that nobody else has"
        self._owners: dict[str, str] = {}
        self._last: dict[str, float] = {}

    def answer(self, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer a POST; names of headers are in lower case."""
        path = urlsplit(target).path.removeprefix(self.base)
        try:
            reply = self.faults.get(path) or self._answered(path, target, headers, body)
        except RefusedError as refused:
            reply = refused.answer
        self.arrivals.append(Arrival(self.now(), path, reply.status, headers, body))
        return reply

    def end_tokens(self) -> None:
        """Let no token count any more that was given so far."""
        self._key += b"."

    def requests(self, path: str) -> list[Arrival]:
        return [each for each in self.arrivals if each.path == path]

    def _answered(self, path: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        match path:
            case "/authorize":
                return self._authorize(target, _bearer(headers), body)
            case "/upload":
                self._upload(_bearer(headers), headers, body)
                return Answer(200)
            case _:
                raise RefusedError(404, "404 page not found")

    def _authorize(self, target: str, token: str, body: bytes) -> Answer:
        [cluster_id] = parse_qs(urlsplit(target).query).get("id", [""])
        if body or not cluster_id:
            raise RefusedError(400, "the 'id' parameter must be specified via URL parameter")
        account = self.accounts.get(token)
        if account is None:
            raise RefusedError(401, "unauthorized")
        if self._owners.setdefault(cluster_id, account) != account:
            raise RefusedError(409, "cluster identifier is already in use under another account")
        labels = {"_id": cluster_id, **self.labels}
        claims = {"exp": self.now() + self.token_seconds, "sub": account, "labels": labels}
        given = {
            "version": 1,
            "token": self._signed(claims),
            "expiresInSeconds": self.token_seconds,
            "labels": labels,
        }
        return Answer(200, json.dumps(given).encode(), {"Content-Type": "text/plain"})

    def _upload(self, token: str, headers: Mapping[str, str], body: bytes) -> None:
        labels = self._claims(token)["labels"]
        cluster_id, now = labels["_id"], self.now()
        if now - self._last.get(cluster_id, -UPLOAD_GAP_SECONDS) < UPLOAD_GAP_SECONDS:
            raise RefusedError(429, "write limit reached for client")
        self._last[cluster_id] = now
        if headers.get("content-encoding") != "snappy" or headers["content-type"] != CONTENT_TYPE:
            raise RefusedError(400, "unknown format")
        now_ms = round(now * 1000)
        samples = []
        for family in _families(body):
            _check_family(family, now_ms)
            for metric in family.metrics:
                _check_labels(metric, labels)
                samples.append(_sample(family, metric, now_ms))
        kept = [each for each in samples if self._is_allowed(each)]
        if kept and not self.behind(kept):
            raise RefusedError(502, "bad gateway")
        self.accepted.append(kept)

    def _is_allowed(self, sample: Sample) -> bool:
        return self.allowed is None or dict(sample.labels)["__name__"] in self.allowed

    def _signed(self, claims: Mapping[str, Any]) -> str:
        head = _base64(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
        signed = f"{head}.{_base64(json.dumps(claims).encode())}"
        return f"{signed}.{self._signature(signed)}"

    def _claims(self, token: str) -> Mapping[str, Any]:
        signed, _, signature = token.rpartition(".")
        if not signed or not hmac.compare_digest(signature, self._signature(signed)):
            raise RefusedError(401, "unauthorized")
        middle = signed.split(".")[1]
        claims: Mapping[str, Any] = json.loads(base64.urlsafe_b64decode(f"{middle}=="))
        if self.now() >= claims["exp"]:
            raise RefusedError(401, "unauthorized")
        return claims

    def _signature(self, signed: str) -> str:
        return _base64(hmac.digest(self._key, signed.encode(), hashlib.sha256))


def _bearer(headers: Mapping[str, str]) -> str:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme != "Bearer":
        raise RefusedError(401, "unauthorized")
    return token


def _families(body: bytes) -> tuple[DecodedFamily, ...]:
    try:
        data = decompress_stream(body)
        if len(data) > MAX_BYTES:
            raise RefusedError(413, "incoming sample data is too long")
        return decode_families(data)
    except DecodeError as error:
        raise RefusedError(400, f"failed to decode: {error}") from error


def _check_family(family: DecodedFamily, now_ms: int) -> None:
    if family.type not in {COUNTER, GAUGE, UNTYPED}:
        raise RefusedError(400, "unknown metric type")
    if not 0 < len(family.name.encode()) <= MAX_NAME_BYTES:
        raise RefusedError(400, "metric name is invalid")
    if not family.metrics:
        raise RefusedError(400, "no metrics in the family")
    times_ms = [metric.time_ms for metric in family.metrics]
    if None in times_ms or any(metric.value is None for metric in family.metrics):
        raise RefusedError(400, "metric without a timestamp or a value")
    told = [time_ms for time_ms in times_ms if time_ms is not None]
    if min(told) < now_ms - OLDEST_MS:
        raise RefusedError(400, "expected metrics of at most 24h")
    if told != sorted(told):
        raise RefusedError(400, "metrics in provided family are not in increasing timestamp order")


def _check_labels(metric: DecodedMetric, demanded: Mapping[str, str]) -> None:
    names = [name for name, _ in metric.labels]
    if len(set(names)) != len(names):
        raise RefusedError(400, "a label stands twice")
    for name, value in metric.labels:
        if not 0 < len(name.encode()) <= MAX_NAME_BYTES or len(value.encode()) > MAX_NAME_BYTES:
            raise RefusedError(400, "label name or value is too long")
    labels = dict(metric.labels)
    for name, value in demanded.items():
        if name not in labels:
            raise RefusedError(400, f"a required label is missing from the metric: {name}")
        if labels[name] != value:
            raise RefusedError(500, f"label {name} is not {value}")


def _sample(family: DecodedFamily, metric: DecodedMetric, now_ms: int) -> Sample:
    """Make a sample of the server's own time: it never keeps the client's."""
    labels = tuple(sorted([("__name__", family.name), *metric.labels]))
    return Sample(labels, now_ms, metric.value or 0.0)


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def write_request(samples: list[Sample]) -> bytes:
    """Write samples as a remote write request, by hand: a snappy block of a single literal."""
    message = b"".join(_field(1, _series(each)) for each in samples)
    length = (len(message) - 1).to_bytes(4, "little")
    return _varint(len(message)) + bytes([63 << 2]) + length + message


def _series(sample: Sample) -> bytes:
    labels = b"".join(
        _field(1, _field(1, name.encode()) + _field(2, value.encode()))
        for name, value in sample.labels
    )
    number = b"\x09" + struct.pack("<d", sample.value) + b"\x10" + _varint(sample.time_ms)
    return labels + _field(2, number)


def _field(number: int, data: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _varint(number: int) -> bytes:
    return bytes(_groups(number))


def _groups(number: int) -> Iterator[int]:
    while number > 0x7F:
        yield number & 0x7F | 0x80
        number >>= 7
    yield number
