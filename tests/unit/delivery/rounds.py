"""A device's passes, and a round of them that a function answers."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from microshift_telemetry.buffer.form import Form, Shape
from microshift_telemetry.buffer.ledger import Ledger
from microshift_telemetry.buffer.records import Answered, Fate, Forgotten, Offered, PassMade
from microshift_telemetry.delivery.course import Course
from microshift_telemetry.delivery.round import Ended, Round
from microshift_telemetry.delivery.selection import Layout
from microshift_telemetry.delivery.steps import Offer, Reply
from microshift_telemetry.sample.sample import Reading, SamplePass, Series
from microshift_telemetry.sending.answer import Verdict
from tests.unit.factories import CLUSTER_ID, MINUTE, NOON

FULL = Form(Shape(CLUSTER_ID, "Percent"))
MEAN = Form(Shape(CLUSTER_ID, "Percent"), is_averaged=True)
MOST = 24
"""Passes of a request."""

Judge = Callable[[Offer], Verdict]


def ago(*minutes: float) -> tuple[int, ...]:
    """Give instants, oldest first."""
    return tuple(sorted(round(NOON - each * MINUTE) for each in minutes))


@dataclass
class Device:
    """What waits, and a round of it."""

    ledger: Ledger = field(default_factory=Ledger)
    newest_ms: int | None = NOON
    made: int = 0
    offers: list[Offer] = field(default_factory=list)
    asks_to_wait: bool = False

    def keep(self, times_ms: Iterable[int], *, is_extra: bool = False) -> None:
        for time_ms in times_ms:
            sample_pass = SamplePass(time_ms, (Reading(Series("a"), 1.0),))
            self.ledger.apply(PassMade(sample_pass, is_extra))

    def play(self, judge: Judge, course: Course | None = None, form: Form = FULL) -> Ended:
        """Go through a round that a judge answers."""
        layout = Layout(self.ledger, form, lambda _: MOST, self.newest_ms)
        steps = Round(layout, course or Course(), NOON).steps()
        reply: Reply | None = None
        try:
            while len(self.offers) < 1000:
                step = steps.send(reply)  # type: ignore[arg-type]  # None begins
                reply = self._reply(step if isinstance(step, Offer) else None, judge)
        except StopIteration as end:
            ended: Ended = end.value
            return ended
        raise AssertionError("it comes to no end")

    def _reply(self, offer: Offer | None, judge: Judge) -> Reply:
        if offer is None:
            self.made += 1
            self.keep([NOON + self.made], is_extra=True)
            return Reply(NOON, pass_ms=NOON + self.made)
        self.offers.append(offer)
        verdict = judge(offer)
        self.ledger.apply(Offered(offer.times_ms, FULL))
        fate = Fate.TAKEN if verdict is Verdict.TAKEN else Fate.UNTAKEN
        self.ledger.apply(Answered(fate))
        if verdict is Verdict.GONE:
            self.ledger.apply(Forgotten(offer.times_ms))
        return Reply(NOON, verdict, asks_to_wait=self.asks_to_wait)

    @property
    def sizes(self) -> list[int]:
        return [len(each.times_ms) for each in self.offers]


def a_device(*minutes: float) -> Device:
    """Make one with passes of so many minutes ago, and a fresh one."""
    device = Device()
    device.keep(ago(*minutes))
    device.keep([NOON])
    return device


def window(minutes: float, otherwise: Verdict = Verdict.REFUSED) -> Judge:
    """Take requests without a pass that is older."""
    return lambda offer: (
        Verdict.TAKEN if offer.times_ms[0] >= NOON - minutes * MINUTE else otherwise
    )


def always(verdict: Verdict) -> Judge:
    return lambda _: verdict
