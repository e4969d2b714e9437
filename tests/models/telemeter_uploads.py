"""telemeter-server, `POST /authorize` and `POST /upload`: tokens, and one upload in a while."""

import json
from collections.abc import Mapping, Sequence, Set

from tests.models.model import (
    DAY_MS,
    NO_HEADERS,
    SECOND_MS,
    Answer,
    Key,
    Sample,
    header,
    text,
)

GAP_MS = 270 * SECOND_MS
"""Between two uploads of a cluster; one that comes too soon does not count."""
MAX_BYTES = 512_000
"""Of an upload, decompressed."""
MAX_NAME_BYTES = 255
TOKEN_SECONDS = 86_400


class TelemeterUploads:
    """A telemeter with an authoriser; what stands behind takes everything."""

    def __init__(
        self,
        accounts: Mapping[str, str],
        labels: Mapping[str, str] = NO_HEADERS,
        *,
        token_seconds: int = TOKEN_SECONDS,
        allowed: Set[str] | None = None,
    ) -> None:
        """Start it.

        Args:
            accounts: token → account.
            labels: of every cluster, beside its `_id`.
            token_seconds: how long an access token is good.
            allowed: names of the metrics on its allow-list; None: all.
        """
        self._accounts, self._labels = accounts, labels
        self._token_seconds, self._allowed = token_seconds, allowed
        self._owners: dict[str, str] = {}
        self._given: dict[str, tuple[str, int]] = {}
        """Access token → (cluster, when it ends)."""
        self._number = 0
        self._last_ms: dict[str, int] = {}
        self.is_cut_off = False
        """Nothing reaches what stands behind."""
        self.stored: dict[Key, float] = {}
        """By the server's own time: it keeps none of a client's."""

    def end_tokens(self) -> None:
        """Let no access token count any more that was given so far."""
        self._given.clear()

    def authorize(
        self, cluster_id: str, now_ms: int, *, headers: Mapping[str, str] = NO_HEADERS
    ) -> Answer:
        """Exchange a token for an access token."""
        token = _bearer(headers)
        if token is None:
            return text(401, "unauthorized")
        if not cluster_id:
            return text(400, "the 'id' parameter must be specified via URL parameter")
        account = self._accounts.get(token)
        if account is None:
            return text(401, "unauthorized")
        if self._owners.setdefault(cluster_id, account) != account:
            return text(409, "cluster identifier is already in use under another account")
        self._number += 1
        given = f"access-{self._number}"
        self._given[given] = cluster_id, now_ms + self._token_seconds * SECOND_MS
        said = {
            "version": 1,
            "token": given,
            "expiresInSeconds": self._token_seconds,
            "labels": {"_id": cluster_id, **self._labels},
        }
        return Answer(200, {"Content-Type": "text/plain"}, json.dumps(said).encode())

    def receive(
        self,
        samples: Sequence[Sample],
        now_ms: int,
        *,
        size_bytes: int = 0,
        headers: Mapping[str, str] = NO_HEADERS,
    ) -> Answer:
        """Take an upload or not; `size_bytes` is its size before compression."""
        cluster_id, ends_ms = self._given.get(_bearer(headers) or "", ("", 0))
        if now_ms >= ends_ms:
            return text(401, "unauthorized")
        if now_ms - self._last_ms.get(cluster_id, -GAP_MS) < GAP_MS:
            return text(429, "write limit reached for client")
        self._last_ms[cluster_id] = now_ms
        if size_bytes > MAX_BYTES:
            return text(413, "incoming sample data is too long")
        refusal = _disorder(samples) or _first_refusal(
            samples, now_ms, {"_id": cluster_id, **self._labels}
        )
        if refusal is not None:
            return refusal
        kept = [each for each in samples if self._is_allowed(each)]
        if kept and self.is_cut_off:
            return text(502, "bad gateway")
        self.stored |= {(each.series, now_ms): each.value for each in kept}
        return Answer(200)

    def _is_allowed(self, sample: Sample) -> bool:
        return self._allowed is None or _name(sample) in self._allowed


def _bearer(headers: Mapping[str, str]) -> str | None:
    scheme, _, token = (header(headers, "Authorization") or "").partition(" ")
    return token if scheme == "Bearer" else None


def _name(sample: Sample) -> str:
    return dict(sample.series)["__name__"]


def _disorder(samples: Sequence[Sample]) -> Answer | None:
    """Refuse samples of a metric that don't stand in the order of their times."""
    newest: dict[str, int] = {}
    for each in samples:
        if each.time_ms < newest.get(_name(each), each.time_ms):
            return text(400, "metrics in provided family are not in increasing timestamp order")
        newest[_name(each)] = each.time_ms
    return None


def _first_refusal(
    samples: Sequence[Sample], now_ms: int, demanded: Mapping[str, str]
) -> Answer | None:
    refusals = (_refusal(each, now_ms, demanded) for each in samples)
    return next((each for each in refusals if each is not None), None)


def _refusal(sample: Sample, now_ms: int, demanded: Mapping[str, str]) -> Answer | None:
    if sample.time_ms < now_ms - DAY_MS:
        return text(400, "expected metrics of at most 24h")
    names = [name for name, _ in sample.series]
    if len(set(names)) < len(names):
        return text(400, "a label stands twice")
    if any(
        not 0 < len(name.encode()) <= MAX_NAME_BYTES or len(value.encode()) > MAX_NAME_BYTES
        for name, value in sample.series
    ):
        return text(400, "a name or a value is too long")
    labels = dict(sample.series)
    if missing := demanded.keys() - labels:
        return text(400, f"a required label is missing from the metric: {min(missing)}")
    if any(labels[name] != value for name, value in demanded.items()):
        return text(500, "a required label has another value")
    return None
