"""What the receiver of a fault run answers: phases and cards, dealt by a seed.

The n-th request and the n-th connection of two runs with one seed meet the same: only when the
operator comes with them is a matter of real time.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum

from tests.support.fault_receiver import Answer, Fault, Place, Reply

TOO_OLD = b"out of bounds: a sample is too old"
WINDOWS = (timedelta(minutes=6), timedelta(minutes=12), timedelta(minutes=30))
"""How far a sample may be behind the receiver's newest one. A fresh pass seldom waits so long: the
next report takes its place."""


class Stored(Enum):
    """What the receiver keeps of a request, whatever it says."""

    NOTHING = "nothing"
    NEWER_HALF = "the newer half of its passes, at least one"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Card:
    """How one request is met."""

    name: str
    reply: Reply | None = None
    """None: cut before that."""
    stored: Stored = Stored.NOTHING
    cut: Place | None = None
    window: timedelta | None = None
    """The reply is for a request with an older sample than this; any other one is taken."""

    @property
    def status(self) -> int:
        """0 where there is no answer."""
        return self.reply.status if isinstance(self.reply, Answer) else 0

    @property
    def is_refusal(self) -> bool:
        """The sender may take it for a word on these samples, and give them up."""
        return self.status in {400, 409, 413, 422, 500}

    @property
    def is_failure(self) -> bool:
        """Neither taken nor refused for its age; a sender can't tell a 500 from trouble at once."""
        return not 200 <= self.status < 300 and (self.window is None or self.status == 500)


def _status(code: int, body: bytes = b"as the script says", **headers: str) -> Card:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Card(str(code), Answer(code, body, named))


TAKEN = Card("204", Answer(204), Stored.ALL)
PARTLY_STORED = replace(_status(409), stored=Stored.NEWER_HALF)

DECK = (
    *(_status(code) for code in (400, 401, 403, 404, 405, 407, 408, 413, 418, 422, 500, 502)),
    *(_status(code) for code in (500, 501, 503, 504, 599)),
    replace(_status(301, Location="/elsewhere"), name="301"),
    replace(_status(307, Location="https://127.0.0.1:9/"), name="307"),
    replace(_status(429, Retry_After="20"), name="429, seconds"),
    replace(_status(429, Retry_After="999999999999"), name="429, absurd"),
    replace(
        _status(
            503, Date="Sat, 21 Nov 2026 08:00:00 GMT", Retry_After="Sat, 21 Nov 2026 08:01:00 GMT"
        ),
        name="503, a date",
    ),
    PARTLY_STORED,
    Card("hang", Fault.HANG),
    Card("hang, stored", Fault.HANG, Stored.ALL),
    Card("reset", Fault.RESET),
    Card("reset, stored", Fault.RESET, Stored.ALL),
    Card("closed", Fault.CLOSE),
    Card("closed, stored", Fault.CLOSE, Stored.ALL),
    Card("reset before the body", cut=Place.HEAD),
    Card("reset in the body", cut=Place.BODY),
    Card("slow 200", Answer(200, b"stored " * 8, seconds=1.0), Stored.ALL),
    Card("slow 503", Answer(503, b"later " * 8, seconds=1.0)),
    Card("too long a length with 200", Answer(200, b"ok", declared_bytes=50), Stored.ALL),
    Card("too short a length with 200", Answer(200, b"stored", declared_bytes=2), Stored.ALL),
    Card("too long a length with 400", Answer(400, b"no", declared_bytes=50)),
    Card("too short a length with 503", Answer(503, b"later", declared_bytes=2)),
)
"""Each status of the answer table, and each way to give no proper answer."""

OUTAGES = (_status(503), _status(401), _status(404), _status(400), Card("hang", Fault.HANG))
HANDSHAKES_CUT = 0.08


def cards(seed: int) -> Iterator[Card]:
    """Deal a card for each request, for ever: calm, mixed, away, strict, and calm again.

    Mixed phases deal the whole deck before a card comes again, every second request.
    """
    draw = random.Random(f"cards {seed}")  # noqa: S311  # to repeat a run
    deck: list[Card] = []
    outages: list[Card] = []
    while True:
        yield from [TAKEN] * draw.randint(2, 5)
        for _ in range(draw.randint(6, 9)):
            deck = deck or draw.sample(DECK, len(DECK))
            yield deck.pop()
            yield TAKEN
        outages = outages or draw.sample(OUTAGES, len(OUTAGES))
        yield from [outages.pop()] * draw.choice((6, 10, 22))
        yield from [_strict(draw)] * draw.randint(10, 16)


def handshake_cuts(seed: int) -> Iterator[bool]:
    """Tell for each connection whether it is reset before its handshake."""
    draw = random.Random(f"handshakes {seed}")  # noqa: S311  # as above
    while True:
        yield draw.random() < HANDSHAKES_CUT


def lifetimes(seed: int) -> Iterator[float]:
    """Tell for each process after how many seconds it is killed; some have not even begun."""
    draw = random.Random(f"lifetimes {seed}")  # noqa: S311  # as above
    while True:
        yield draw.uniform(0.5, 3.0) if draw.random() < 0.2 else draw.uniform(3.0, 12.0)


def _strict(draw: random.Random) -> Card:
    """A receiver that refuses old samples: all of a request, or, as Thanos does, some of it."""
    card = draw.choice((*(_status(code, TOO_OLD) for code in (400, 413, 422, 500)), PARTLY_STORED))
    return replace(card, name=f"{card.name} to old samples", window=draw.choice(WINDOWS))
