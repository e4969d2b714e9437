"""The scripts that every product and its model are put through, and random ones by seed."""

from collections.abc import Iterable
from random import Random

from tests.receivers.wire import Point, Script, Write

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
YOUNG = 10 * MINUTE
"""How old the newest pass of an hourly backlog is."""
A_HAIR = 0.001
"""The least by which two times can differ, in seconds."""


def at(seconds: float, *series: str, value: float | None = None) -> list[Point]:
    """Give a pass: one sample of each series; the value tells when, unless it is given."""
    told = 1000.0 + round(seconds) if value is None else value
    return [Point(name, seconds, told) for name in series or ("ours:a", "ours:b")]


def request(*passes: Iterable[Point], has_tenant: bool = True) -> Write:
    """Make a request of passes, which go on the wire series by series."""
    points = [point for each in passes for point in each]
    return Write(tuple(sorted(points, key=lambda point: point.series)), has_tenant=has_tenant)


def hourly(hours: int) -> list[list[Point]]:
    """Give a pass for each hour, oldest first, the last of them `YOUNG`."""
    return [at(-hour * HOUR - YOUNG) for hour in reversed(range(hours))]


HEAD = request(at(0, "theirs"))
"""Somebody else's sample moves the newest time of the database to now."""
FRESH = request(at(-1))


def _in_requests(passes: list[list[Point]], size: int) -> list[Write]:
    return [request(*passes[start : start + size]) for start in range(0, len(passes), size)]


def _each_alone(*ages_seconds: float) -> list[Write]:
    return [request(at(-age, f"aged:{number}")) for number, age in enumerate(ages_seconds)]


SCRIPTS = tuple(
    Script(name, tuple(writes))
    for name, writes in {
        "a day, the old part in one request": [
            *(HEAD, request(*hourly(24)[:-1]), request(*hourly(24)[-1:]), FRESH),
        ],
        "72 hours in requests of 12 passes": [HEAD, *_in_requests(hourly(72), 12), FRESH],
        "72 hours newest request first": [HEAD, FRESH, *reversed(_in_requests(hourly(72), 12))],
        "a mixed request": [HEAD, request(*hourly(48), at(-1))],
        "an identical resend": [HEAD, FRESH, FRESH, request(*hourly(4)), request(*hourly(4))],
        "another value for the newest timestamp": [
            *(HEAD, FRESH, request(at(-1, value=7.0)), request(at(-1, value=8.0), at(-0.5))),
        ],
        "out of order within an hour": [
            *(HEAD, request(at(-2 * MINUTE)), request(at(-9 * MINUTE)), request(at(-59 * MINUTE))),
        ],
        "out of order in one request": [HEAD, Write((*at(-60), *at(-120))), FRESH],
        "a fresh pass behind the head": [
            *(HEAD, request(at(-50 * MINUTE)), request(at(-2 * HOUR)), request(at(-2 * DAY))),
        ],
        "at the edge of the hour": [HEAD, *_each_alone(HOUR, HOUR + A_HAIR, HOUR - A_HAIR)],
        "at the edge of 30 hours": [
            HEAD,
            *_each_alone(30 * HOUR, 30 * HOUR + A_HAIR, 30 * HOUR - A_HAIR),
        ],
        "at the edge of 7 days": [HEAD, *_each_alone(7 * DAY, 7 * DAY + A_HAIR, 7 * DAY - A_HAIR)],
        "ahead of the clock": [
            *(HEAD, *_each_alone(-4 * MINUTE, -6 * MINUTE, -9 * MINUTE, -11 * MINUTE, -2 * HOUR)),
            FRESH,
        ],
        "ahead of the clock beside good ones": [
            HEAD,
            request(at(-1), at(11 * MINUTE, "ahead"), at(12 * MINUTE, "ours:a")),
        ],
        "an empty database, oldest first": [*_in_requests(hourly(30), 6), FRESH],
        "an empty database, all in one": [request(*hourly(30), at(-1))],
        "an empty database, newest first": [FRESH, *reversed(_in_requests(hourly(30), 6))],
        "an empty database, newest first in one": [
            Write(tuple(point for each in reversed(hourly(30)) for point in each))
        ],
        "a burst": [HEAD, *(request(*hourly(passes)) for passes in (1, 24, 25, 26, 50)), FRESH],
        "around a retention of a day": [
            HEAD,
            *_each_alone(23 * HOUR, 25 * HOUR, 47 * HOUR, 30 * DAY, 32 * DAY),
            request(*(at(-hour * HOUR - YOUNG) for hour in range(48, 0, -6))),
        ],
        "without a tenant": [request(at(-1), has_tenant=False), FRESH],
    }.items()
)


def random_script(seed: int) -> Script:
    """Make a script of up to ten requests; a timestamp of a series has one value, as ours do."""
    random = Random(seed)  # noqa: S311  # a test's
    spread = random.choice([10 * MINUTE, HOUR, 3 * HOUR, 2 * DAY, 9 * DAY])
    writes = [HEAD] if random.random() < 0.7 else []
    for _ in range(random.randint(1, 10)):
        ages = [random.uniform(-15 * MINUTE, spread) for _ in range(random.choice([1, 1, 2, 6]))]
        if random.random() < 0.7:
            ages.sort(reverse=True)
        points = [
            Point(series, -round(age), round(age))
            for series in ("ours:a", "ours:b")
            for age in ages
            if random.random() < 0.9
        ]
        again = [write for write in writes if random.random() < 0.1]
        writes += [Write(tuple(points))] * bool(points) + again
    return Script(f"seed {seed}", tuple(writes or [FRESH]))
