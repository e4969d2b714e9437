"""A receiver that plays the script of a fault run, and keeps what the accounts need of it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from microshift_telemetry.clock import milliseconds
from tests.faults.script import TAKEN, Card, Stored, cards, handshake_cuts
from tests.support.certificates import Authority
from tests.support.clocks.device_clock import DeviceClock
from tests.support.decoder import DecodedSeries, decode_request
from tests.support.fault_receiver import FaultReceiver, Place, RecordedRequest, Reply

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Post:
    """A POST that the receiver has read whole, and what became of it."""

    times_ms: tuple[int, ...]
    """The passes in it, oldest first."""
    card: Card
    """With a window: it was refused since a sample is too old."""
    stored_ms: frozenset[int]


@dataclass(slots=True)
class Samples:
    """Every sample that ever came in, stored or not."""

    values: dict[int, dict[Labels, float]] = field(default_factory=dict)
    """By pass and series."""
    contradictions: list[tuple[int, Labels, float, float]] = field(default_factory=list)
    """Samples that came twice with two values."""

    def note(self, series: tuple[DecodedSeries, ...]) -> None:
        for each in series:
            for time_ms, value in each.samples:
                known = self.values.setdefault(time_ms, {}).setdefault(each.labels, value)
                if known != value:
                    self.contradictions.append((time_ms, each.labels, known, value))

    def __len__(self) -> int:
        return sum(map(len, self.values.values()))


class ScriptedReceiver:
    """Listens on TLS while its context lasts."""

    def __init__(self, seed: int, clock: DeviceClock, directory: Path) -> None:
        authority = Authority(directory)
        self.ca = authority.ca_file.read_text()
        self.samples = Samples()
        self.posts: list[Post] = []
        """Those that were read whole; `requests` are all."""
        self.failures = 0
        """Requests that the script had go wrong; connections cut before one don't count."""
        self.cut_handshakes = 0
        self.dealt: set[str] = set()
        self._clock = clock
        self._cards = cards(seed)
        self._handshake_cuts = handshake_cuts(seed)
        self._card = TAKEN
        self._server = FaultReceiver(self._answer, authority=authority)
        self._server.cuts = self._is_cut

    @property
    def url(self) -> str:
        return f"{self._server.url}/api/v1/write"

    @property
    def requests(self) -> int:
        return len(self._server.requests)

    @property
    def stored_ms(self) -> frozenset[int]:
        """The passes that it has."""
        return frozenset().union(*(post.stored_ms for post in self.posts))

    def _is_cut(self, place: Place) -> bool:
        if place is Place.HANDSHAKE:
            is_cut = next(self._handshake_cuts)
            self.cut_handshakes += is_cut
            return is_cut
        if place is Place.HEAD:
            self._card = next(self._cards)
            self.dealt.add(self._card.name)
        is_cut = self._card.cut is place
        self.failures += is_cut
        return is_cut

    def _answer(self, request: RecordedRequest) -> Reply:
        series = decode_request(request.body)
        times_ms = tuple(sorted({time_ms for each in series for time_ms, _ in each.samples}))
        card = self._judged(times_ms)
        self.samples.note(series)
        self.posts.append(Post(times_ms, card, frozenset(_stored(times_ms, card.stored))))
        self.failures += card.is_failure
        assert card.reply is not None
        return card.reply

    def _judged(self, times_ms: tuple[int, ...]) -> Card:
        """Hold a request against the window, if there is one.

        Its end is the present: a second device has sent fresh samples all the time.
        """
        card, now = self._card, self._clock.true_time()
        if card.window is not None and times_ms[0] >= milliseconds(now - card.window):
            return TAKEN
        return card

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.__exit__()


def _stored(times_ms: tuple[int, ...], stored: Stored) -> tuple[int, ...]:
    match stored:
        case Stored.NOTHING:
            return ()
        case Stored.NEWER_HALF:
            return times_ms[len(times_ms) // 2 :]
        case Stored.ALL:
            return times_ms
