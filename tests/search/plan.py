"""A seed → what will happen to a device in the next days."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from tests.models.captive_portal import CaptivePortal
from tests.models.model import Answer
from tests.models.outage import Loss
from tests.search.bodies import TOKEN_PATH, UPLOAD_PATH
from tests.search.device import Start
from tests.search.products import ALL, GATEWAY, PRODUCTS, UPLOADS, Product

A_MINUTE, AN_HOUR, A_DAY = 60.0, 3600.0, 86_400.0

PORTAL = CaptivePortal().receive([], 0)
LOGIN = CaptivePortal(redirects=True).receive([], 0)
FAULTS: Mapping[str, Loss | Answer] = {
    **{loss.name.lower(): loss for loss in Loss},
    **{str(status): Answer(status) for status in (400, 401, 403, 404, 405, 408, 409, 413, 422)},
    **{str(status): Answer(status) for status in (429, 500, 502, 503)},
    "503 for 20 min": Answer(503, {"Retry-After": "1200"}),
    "portal": PORTAL,
    "login": LOGIN,
}
LIKELY = ("refused", "hang", "vanish", "500", "503")
LASTING = (
    4 * A_MINUTE,
    20 * A_MINUTE,
    AN_HOUR,
    3 * AN_HOUR,
    4 * AN_HOUR,
    10 * AN_HOUR,
    20 * AN_HOUR,
)
DAYS_LONG = (1.25 * A_DAY, 2.25 * A_DAY, 4 * A_DAY)
"""Only in runs of weeks."""
SPAN_DAYS = 3.0
"""Events are drawn anew for each span of so many days."""
RHYTHMS = (("10m", "1h"), ("30m", "6h"), ("1h", "24h"), ("15m", "2h"), ("5m", "30m"))
SECONDS = {"1m": 60.0, "5m": 300.0, "10m": 600.0, "15m": 900.0, "30m": 1800.0, "1h": AN_HOUR}
SECONDS |= {"2h": 2 * AN_HOUR, "6h": 6 * AN_HOUR, "24h": A_DAY}

ANY_UPLOAD = "any-upload"
"""In place of a product: one of `UPLOADS` is drawn."""

HOSTS = ("a.example", "b.example", "dead.example")
"""Nobody answers at the last one."""

VERSIONS = ("4.9.12", "4.20.1", "4.20.2", "4.21.0")
READY_AFTER = (30.0, 100.0, 580.0, 1480.0, None)


@dataclass(frozen=True, slots=True)
class Wish:
    """What an edit may change of a spec."""

    host: str = HOSTS[0]
    path: str = "/api/v1/write"
    tag: str = ""
    unit: str = "Percent"
    is_enabled: bool = True

    @property
    def destination(self) -> tuple[str, str, str]:
        return self.host, self.path, self.tag

    def spec(self, base: Mapping[str, Any], scheme: str) -> Mapping[str, Any]:
        """Lay out the whole spec."""
        if not self.is_enabled:
            return {**base, "status": "Disabled"}
        headers = list(base.get("headers", []))
        headers += [{"name": "X-Tag", "value": self.tag}] if self.tag else []
        url = f"{scheme}://{self.host}{self.path}"
        return {**base, "endpoint": url, "usageUnit": self.unit, "headers": headers}


@dataclass(frozen=True, slots=True)
class Fault:
    """From now on every request to a host meets this; None is the end of it."""

    name: str | None
    host: str
    only: str = ""
    """How the path of a request ends that meets it; the others go through."""


@dataclass(frozen=True, slots=True)
class TokensEnd:
    """No access token counts any more that a host has given."""

    host: str


@dataclass(frozen=True, slots=True)
class Edit:
    wish: Wish


@dataclass(frozen=True, slots=True)
class Restart:
    """The operator's process ends and another begins."""


@dataclass(frozen=True, slots=True)
class Cut:
    """The power goes, and comes back."""

    is_torn: bool
    """It goes while something is written."""
    off_seconds: float


@dataclass(frozen=True, slots=True)
class Ask:
    """`requestedAt`."""


SHORT_CUT = Cut(is_torn=False, off_seconds=30.0)

Event = Fault | TokensEnd | Edit | Restart | Cut | Ask | Start


@dataclass(frozen=True, slots=True)
class Plan:
    """One run."""

    seed: int
    product_name: str
    sampling: str
    sending: str
    aggregation: str
    days: float
    events: tuple[tuple[float, Event], ...]

    @property
    def product(self) -> Product:
        return ALL[self.product_name]

    @property
    def base(self) -> Mapping[str, Any]:
        return {
            "samplingInterval": self.sampling,
            "sendingInterval": self.sending,
            "aggregation": self.aggregation,
            **self.product.spec,
        }

    @property
    def sending_seconds(self) -> float:
        return SECONDS[self.sending]

    @property
    def splay_seconds(self) -> float:
        """The longest splay of a retry."""
        return max(30.0, min(300.0, self.sending_seconds / 10))


def plan_from(seed: int, days: float, product: str | None = None) -> Plan:
    """Draw a run; its last part is calm, so that everything can arrive.

    Args:
        seed: of everything.
        days: how long it is.
        product: its receiver, or `ANY_UPLOAD`; None: one of `PRODUCTS`.
    """
    draw = Random(seed)  # noqa: S311  # to repeat it
    drawn = draw.choice(list(PRODUCTS))
    sampling, sending = draw.choice(RHYTHMS)
    calm = SECONDS[sending] + 4 * AN_HOUR
    until = days * A_DAY - calm
    aggregation = draw.choice(("None", "None", "None", "Auto"))
    spans = max(1, round(days / SPAN_DAYS))
    events = [
        *_outages(draw, until, spans),
        *_edits(draw, until, spans),
        *_ends(draw, until, spans),
    ]
    asks = sum(draw.choice((0, 0, 1, 2)) for _ in range(spans))
    events += [(draw.uniform(0, until), Ask()) for _ in range(asks)]
    events.sort(key=lambda event: event[0])
    if product == ANY_UPLOAD:
        product = chance_of_uploads(seed).choice(list(UPLOADS))
    plan = Plan(seed, product or drawn, sampling, sending, aggregation, days, tuple(events))
    if plan.product.tells_starts:
        return _with_starts(plan, until, spans)
    return _with_tokens(plan, until, spans) if plan.product.takes_uploads else plan


def chance_of_uploads(seed: int) -> Random:
    """Draw what only uploads know from a chance of its own, so that the others' stays."""
    return Random(f"uploads {seed}")  # noqa: S311  # to repeat it


def _with_tokens(plan: Plan, until: float, spans: int) -> Plan:
    """Let faults meet one endpoint only, tokens end, and asks come one soon after the other."""
    draw = chance_of_uploads(plan.seed)
    draw.choice(list(UPLOADS))
    sampling, sending = draw.choice((*RHYTHMS, ("5m", "5m")))
    events, only = [], ""
    for at, event in plan.events:
        if isinstance(event, Fault):
            if event.name is not None:
                is_partial = event.name != "refused" and draw.random() < 0.4
                only = draw.choice((TOKEN_PATH, UPLOAD_PATH)) if is_partial else ""
            event = replace(event, only=only)
        events.append((at, event))
    for _ in range(spans):
        at = draw.uniform(0, until)
        for _ in range(draw.choice((0, 0, 2, 4))):
            at += draw.uniform(10.0, 5 * A_MINUTE)
            events.append((at, draw.choice((Ask(), Ask(), Restart(), SHORT_CUT))))
    rejections = list(_rejections(plan.events))
    for _ in range(sum(draw.choice((0, 0, 1, 2)) for _ in range(spans))):
        at = draw.uniform(0, until)
        # A renewed token that is refused stays until its end, whatever becomes of it.
        if not any(begin < at < end + A_DAY for begin, end in rejections):
            events.append((at, TokensEnd(HOSTS[0])))
    events.sort(key=lambda each: each[0])
    return replace(plan, sampling=sampling, sending=sending, events=tuple(events))


def _with_starts(plan: Plan, until: float, spans: int) -> Plan:
    """Let MicroShift start now and then, also soon after it has, and the push gateway fail."""
    draw = Random(f"starts {plan.seed}")  # noqa: S311  # to repeat it
    events = list(plan.events)
    for _ in range(3 * spans):
        at = draw.uniform(0, until)
        for _ in range(draw.choice((1, 1, 1, 3))):
            well = draw.random() < 0.7
            events.append((at, Start(draw.choice(VERSIONS), draw.choice(READY_AFTER), well)))
            at += draw.uniform(30.0, AN_HOUR)
    events += [
        (at, replace(event, host=GATEWAY))
        for at, event in _outages(draw, until, spans)
        if isinstance(event, Fault)
    ]
    events.sort(key=lambda each: each[0])
    return replace(plan, aggregation="None", events=tuple(events))


def _rejections(events: Sequence[tuple[float, Event]]) -> Iterator[tuple[float, float]]:
    """Give begin and end of each outage in which tokens are refused."""
    begin = None
    for at, event in events:
        if isinstance(event, Fault):
            if begin is not None:
                yield begin, at
            begin = at if event.name in {"401", "403"} else None


def _outages(draw: Random, until: float, spans: int) -> Iterator[tuple[float, Event]]:
    """Draw some that don't overlap, at the first host."""
    free = draw.uniform(0, until / spans / 2)
    lasting = LASTING if spans == 1 else LASTING + DAYS_LONG
    for _ in range(sum(draw.randint(1, 4) for _ in range(spans))):
        begin = free + draw.uniform(0, until / spans / 3)
        end = begin + draw.choice(lasting) * draw.uniform(0.8, 1.2)
        free = end + A_MINUTE
        if end >= until:
            return
        name = draw.choice(LIKELY) if draw.random() < 0.5 else draw.choice(list(FAULTS))
        yield begin, Fault(name, HOSTS[0])
        yield end, Fault(None, HOSTS[0])


def _edits(draw: Random, until: float, spans: int) -> Iterator[tuple[float, Event]]:
    """Draw edits; most are taken back after a while, and the last one leaves all as it was."""
    at, wish = 0.0, Wish()
    for number in range(sum(draw.choice((0, 0, 1, 2, 3)) for _ in range(spans))):
        at += draw.uniform(A_MINUTE, until / spans / 3 if spans == 1 else 2 * until / spans)
        changed = draw.choice(
            (
                replace(wish, unit="Absolute" if wish.unit == "Percent" else "Percent"),
                replace(wish, path=f"/write/{number}"),
                replace(wish, tag=f"{number}"),
                replace(wish, host=HOSTS[1]),
                replace(wish, host=HOSTS[2]),
                replace(wish, is_enabled=False),
            )
        )
        back = at + draw.choice((A_MINUTE, 5 * A_MINUTE, AN_HOUR, 5 * AN_HOUR))
        if back >= until:
            return
        yield at, Edit(changed)
        if changed.host != wish.host or not changed.is_enabled or draw.random() < 0.5:
            at = back
            yield at, Edit(wish)
        else:
            wish = changed


def _ends(draw: Random, until: float, spans: int) -> Iterator[tuple[float, Event]]:
    for _ in range(sum(draw.choice((0, 1, 2, 3)) for _ in range(spans))):
        yield draw.uniform(0, until), Restart()
    for _ in range(sum(draw.choice((0, 0, 1, 2)) for _ in range(spans))):
        off = draw.choice((30.0, 10 * A_MINUTE, 2 * AN_HOUR))
        yield draw.uniform(0, until), Cut(is_torn=draw.random() < 0.5, off_seconds=off)
