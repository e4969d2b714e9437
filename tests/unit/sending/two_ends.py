"""A ledger, and a receiver that is a model: rounds, with the operator's own bytes in between."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import pytest

from microshift_telemetry.buffer.form import Form, WriteRequest
from microshift_telemetry.buffer.ledger import Ledger
from microshift_telemetry.buffer.records import (
    Answered,
    Fate,
    Forgotten,
    LossReason,
    Lost,
    Offered,
    PassMade,
)
from microshift_telemetry.controller.attempt import fate_of
from microshift_telemetry.controller.forms import form_in, layout_of
from microshift_telemetry.delivery.course import Course
from microshift_telemetry.delivery.round import HOUR_MS, Ended, Round
from microshift_telemetry.delivery.steps import Offer, Reply
from microshift_telemetry.foreign_text import is_page
from microshift_telemetry.remote_write.encode import encode
from microshift_telemetry.remote_write.judge import judge
from microshift_telemetry.report.report import time_series
from microshift_telemetry.sending.answer import Answer, Verdict
from tests.models import model as models
from tests.models.cortex import Cortex, Mimir
from tests.models.outage import Loss, Outage
from tests.models.prometheus import Prometheus
from tests.models.thanos import Thanos
from tests.support.decoder import decode_request
from tests.unit.delivery.rounds import FULL
from tests.unit.factories import CORES, MINUTE, NOON, a_full_pass

SECOND = 1000
SERIES = 12
"""Of a pass; the fresh one has a static one beside."""
TENANT = {"X-Scope-OrgID": "plant"}
WINDOW_MS = 30 * HOUR_MS
WITH_WINDOW = [
    pytest.param(lambda: Prometheus(window_ms=WINDOW_MS), id="prometheus"),
    pytest.param(lambda: Thanos(window_ms=WINDOW_MS), id="thanos"),
    pytest.param(lambda: Cortex(window_ms=WINDOW_MS), id="cortex"),
    pytest.param(lambda: Mimir(window_ms=WINDOW_MS), id="mimir"),
]
VERDICTS = {
    Loss.REFUSED: (Fate.UNTAKEN, False),
    Loss.RESET: (Fate.UNTAKEN, True),
    Loss.VANISH: (Fate.UNANSWERED, True),
    Loss.HANG: (Fate.UNANSWERED, True),
}
"""What is known after a loss, and whether there was a connection."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One request."""

    at_ms: int
    times_ms: tuple[int, ...]
    is_fresh: bool
    status: int | None


class Site:
    """Both ends, and a clock that goes on by a second with each request."""

    def __init__(self, model: models.Model, headers: Mapping[str, str] = models.NO_HEADERS) -> None:
        self.outage = Outage(model)
        self.ledger = Ledger()
        self.form = FULL
        self.course = Course()
        self.now_ms = NOON
        self.is_first = True
        self.receiver_ahead_ms = 0
        self.full_size: Callable[[Form], int] | None = None
        self.sent: list[Sent] = []
        self.made_ms: list[int] = []
        self.refused_ms: set[int] = set()
        self._headers = headers
        self._newest_ms: int | None = None

    def sample(self, minutes_ago: Iterable[float]) -> None:
        """Make passes of the grid."""
        for minutes in sorted(minutes_ago, reverse=True):
            self._make(round(self.now_ms - minutes * MINUTE), is_extra=False)

    def wait(self, minutes: float) -> None:
        self.now_ms += round(minutes * MINUTE)

    def play(self) -> Ended:
        """Go through a round, and give up what it refuses."""
        self.sent.clear()
        layout = layout_of(self.ledger, self.form, self._newest_ms, is_first=self.is_first)
        if self.full_size is not None:
            layout = replace(layout, full_size=self.full_size)
        steps = Round(layout, self.course, self.now_ms).steps()
        reply: Reply | None = None
        try:
            while len(self.sent) < 1000:
                step = steps.send(reply)  # type: ignore[arg-type]  # None begins
                reply = self._offered(step) if isinstance(step, Offer) else self._freshly_made()
        except StopIteration as end:
            ended: Ended = end.value
        self.course = ended.course
        self.refused_ms |= set(ended.refused_ms)
        self.ledger.apply(Lost(ended.refused_ms, LossReason.REFUSED, self.now_ms))
        return ended

    @property
    def stored_ms(self) -> set[int]:
        """The passes that are stored whole."""
        series = Counter(time_ms for _, time_ms in self.outage.model.stored)
        return {time_ms for time_ms, count in series.items() if count >= SERIES}

    @property
    def waiting_ms(self) -> set[int]:
        return set(self.ledger.backlog.times_ms)

    def _make(self, time_ms: int, *, is_extra: bool) -> None:
        self.ledger.apply(PassMade(a_full_pass(time_ms, float(time_ms % 97)), is_extra))
        self.made_ms.append(time_ms)
        self._newest_ms = time_ms

    def _freshly_made(self) -> Reply:
        self.now_ms += 1
        self._make(self.now_ms, is_extra=True)
        return Reply(self.now_ms, pass_ms=self.now_ms)

    def _offered(self, offer: Offer) -> Reply:
        form = form_in(self.ledger, self.form, offer)
        request = WriteRequest(offer.times_ms, form, (CORES,) if offer.is_fresh else ())
        encoded = encode(time_series(request, self.ledger.backlog, b""))
        if not encoded.series:
            self.ledger.apply(Forgotten(offer.times_ms))
            return Reply(self.now_ms, Verdict.GONE)
        self.now_ms += SECOND
        exchanged = self.outage.exchange(
            [
                models.Sample(series.labels, time_ms, value)
                for series in decode_request(encoded.body)
                for time_ms, value in series.samples
            ],
            self.now_ms + self.receiver_ahead_ms,
            size_bytes=len(encoded.body),
            headers=self._headers,
        )
        status = exchanged.status if isinstance(exchanged, models.Answer) else None
        self.sent.append(Sent(self.now_ms, offer.times_ms, offer.is_fresh, status))
        self.ledger.apply(Offered(request.times_ms, form))
        if not isinstance(exchanged, models.Answer):
            fate, is_reached = VERDICTS[exchanged]
            self.ledger.apply(Answered(fate))
            return Reply(self.now_ms, Verdict.NO_ANSWER, is_reached)
        verdict = judge(_heard(exchanged))
        self.ledger.apply(Answered(fate_of(verdict, request), self.now_ms - HOUR_MS))
        asks_to_wait = models.header(exchanged.headers, "Retry-After") is not None
        return Reply(self.now_ms, verdict, asks_to_wait=asks_to_wait)


def until_complete(site: Site, rounds: int, minutes: float) -> int:
    """Play rounds until one comes to its end; tell how many requests they took."""
    requests = 0
    for _ in range(rounds):
        ended = site.play()
        requests += len(site.sent)
        if ended.is_complete:
            return requests
        site.wait(minutes)
    raise AssertionError(f"not in {rounds} rounds")


def _heard(answer: models.Answer) -> Answer:
    content_type = models.header(answer.headers, "Content-Type") or ""
    return Answer(answer.status, is_page=is_page(content_type, answer.body))
