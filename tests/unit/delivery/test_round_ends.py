"""A round comes to its end, whatever is answered and comes in between, and keeps its limits."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil, log2

from hypothesis import given
from hypothesis import strategies as st

from microshift_telemetry.buffer.form import Form
from microshift_telemetry.buffer.ledger import Ledger
from microshift_telemetry.buffer.records import Answered, Fate, Forgotten, Offered, PassMade
from microshift_telemetry.delivery.course import Course, Opening, Size
from microshift_telemetry.delivery.round import HOUR_MS, Ended, Round
from microshift_telemetry.delivery.selection import FRESH_MS, Layout
from microshift_telemetry.delivery.steps import Offer, Reply
from microshift_telemetry.sample.sample import Reading, SamplePass, Series
from microshift_telemetry.sending.answer import Verdict
from tests.unit.delivery.rounds import FULL, MEAN, MOST, a_device, ago, always
from tests.unit.factories import MINUTE, NOON

STEPS = 1000
FATES = {Verdict.TAKEN: Fate.TAKEN, Verdict.NO_ANSWER: Fate.UNANSWERED}


@dataclass
class Happening:
    """What comes of one offer."""

    verdict: Verdict
    minutes: int = 0
    """That it takes."""
    has_grid_pass: bool = False
    """Meanwhile a pass of the grid is made."""
    asks_to_wait: bool = False
    is_reached: bool = True


happenings = st.builds(
    Happening,
    st.sampled_from([*Verdict]),
    st.sampled_from([0, 0, 0, 1, 5, 31]),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
courses = st.builds(
    Course,
    opening=st.none() | st.sampled_from(Opening),
    is_after_error=st.booleans(),
    error_rounds=st.integers(0, 3),
    has_conflict=st.booleans(),
    fresh_taken_ms=st.none() | st.integers(0, 90).map(lambda each: NOON - each * MINUTE),
    size=st.builds(Size, st.none() | st.integers(1, 40), st.integers(0, 10)),
    waited_since_ms=st.none() | st.just(NOON - MINUTE),
)
ages = st.lists(st.integers(1, 60 * 24 * 4), max_size=60, unique=True)


@dataclass
class Played:
    """A round to which a script happens."""

    form: Form
    ledger: Ledger = field(default_factory=Ledger)
    now_ms: int = NOON
    offers: list[tuple[Offer, int, Verdict]] = field(default_factory=list)
    """What was offered, when, and the answer."""

    def add(self, time_ms: int, *, is_extra: bool = False) -> None:
        sample_pass = SamplePass(time_ms, (Reading(Series("a"), 1.0),))
        self.ledger.apply(PassMade(sample_pass, is_extra))

    def play(
        self, script: Sequence[Happening], course: Course, newest_ms: int | None, *, is_first: bool
    ) -> Ended:
        layout = Layout(self.ledger, self.form, lambda _: MOST, newest_ms, is_first)
        steps = Round(layout, course, NOON).steps()
        reply: Reply | None = None
        try:
            for number in range(STEPS):
                step = steps.send(reply)  # type: ignore[arg-type]  # None begins
                happening = script[number % len(script)]
                reply = self._offered(step, happening) if isinstance(step, Offer) else self._made()
        except StopIteration as end:
            ended: Ended = end.value
            return ended
        raise AssertionError("it comes to no end")

    def _made(self) -> Reply:
        self.now_ms += 1
        self.add(self.now_ms, is_extra=True)
        return Reply(self.now_ms, pass_ms=self.now_ms)

    def _offered(self, offer: Offer, happening: Happening) -> Reply:
        verdict = happening.verdict
        self.offers.append((offer, self.now_ms, verdict))
        self.ledger.apply(Offered(offer.times_ms, self.form))
        self.ledger.apply(Answered(FATES.get(verdict, Fate.UNTAKEN)))
        if verdict is Verdict.GONE:
            self.ledger.apply(Forgotten(offer.times_ms))
        self.now_ms += happening.minutes * MINUTE
        if happening.has_grid_pass:
            self.now_ms += 1
            self.add(self.now_ms)
        return Reply(self.now_ms, verdict, happening.is_reached, happening.asks_to_wait)


@given(ages, st.lists(happenings, min_size=1, max_size=40), courses, st.booleans(), st.booleans())
def test_whatever_happens_a_round_ends_soon_and_keeps_its_limits(
    minutes: list[int],
    script: list[Happening],
    course: Course,
    is_averaged: bool,  # noqa: FBT001
    is_first: bool,  # noqa: FBT001
) -> None:
    played = Played(MEAN if is_averaged else FULL)
    for time_ms in ago(*minutes):
        played.add(time_ms)
    waiting = played.ledger.backlog.times_ms

    ended = played.play(script, course, waiting[-1] if waiting else None, is_first=is_first)

    halvings = ceil(log2(MOST))
    assert len(played.offers) <= 4 * (len(minutes) + halvings) + 8
    times_offered = Counter(each for offer, _, _ in played.offers for each in offer.times_ms)
    if not is_averaged:
        # A search of the old part, or the young part twice; and once alone at the second look.
        assert max(times_offered.values(), default=0) <= 2 * halvings + 4
        assert all(len(offer.times_ms) <= MOST for offer, _, _ in played.offers)
    taken = [offer for offer, _, verdict in played.offers if verdict is Verdict.TAKEN]
    has_witness = any(offer.is_fresh for offer in taken)
    assert ended.is_fresh_taken == has_witness
    assert has_witness or not ended.refused_ms
    before_ms = course.fresh_taken_ms
    has_fresh_already = before_ms is not None and 0 <= NOON - before_ms <= FRESH_MS
    assert has_witness or has_fresh_already or not ended.is_complete
    assert set(ended.refused_ms).isdisjoint(each for offer in taken for each in offer.times_ms)
    assert set(ended.refused_ms) <= set(played.ledger.backlog.times_ms)
    for offer, now_ms, _ in played.offers:
        assert list(offer.times_ms) == sorted(set(offer.times_ms))
        assert not offer.is_fresh or now_ms - offer.times_ms[-1] <= FRESH_MS


@given(ages, st.lists(st.sampled_from([Verdict.TAKEN, Verdict.REFUSED, Verdict.TOO_LARGE])))
def test_no_request_has_passes_of_both_sides_of_an_hour(
    minutes: list[int], verdicts: list[Verdict]
) -> None:
    """Before the second look, which is of single passes."""
    device = a_device(*minutes)
    answers = iter([*verdicts, *[Verdict.TAKEN] * STEPS])

    device.play(lambda _: next(answers))

    fresh = [offer.is_fresh for offer in device.offers].index(True)
    for offer in device.offers[:fresh]:
        assert len({each < NOON - HOUR_MS for each in offer.times_ms}) == 1


def test_a_link_slower_than_the_grid_does_not_keep_the_fresh_pass_back() -> None:
    """Each request takes longer than until the next pass, and each pass outdates the extra one."""
    played = Played(FULL)
    for time_ms in ago(32, 31):
        played.add(time_ms)
    slow = Happening(Verdict.TAKEN, minutes=1, has_grid_pass=True)

    ended = played.play([slow], Course(), ago(31)[0], is_first=True)

    assert ended.is_complete
    assert ended.is_fresh_taken
    assert [len(offer.times_ms) for offer, _, _ in played.offers] == [2, 1, 1, 1, 1]


def test_a_round_ends_though_the_ledger_lets_go_of_nothing() -> None:
    """A view of it may not know of what was taken."""
    played = Played(FULL)
    for time_ms in ago(200, 50, 20, 0):
        played.add(time_ms)
    played.ledger.apply = lambda _: None  # type: ignore[method-assign,assignment]

    ended = played.play([Happening(Verdict.TAKEN)], Course(), NOON, is_first=True)

    assert ended.is_complete
    assert [offer.times_ms for offer, _, _ in played.offers] == [ago(200), ago(50, 20), (NOON,)]


def test_where_all_is_gone_nothing_is_offered_twice() -> None:
    device = a_device(200, 130, 50, 20)

    ended = device.play(always(Verdict.GONE), Course(opening=Opening.OLDEST))

    assert [each.times_ms for each in device.offers] == [ago(200), ago(130), ago(50, 20), (NOON,)]
    assert ended.verdict is Verdict.NOTHING_TO_SEND
    assert not ended.had_old
