"""The largest requests there can be: the longest external labels, and nothing to compress."""

import random
import string
from collections.abc import Iterator, Sequence

import pytest

from microshift_telemetry.buffer.backlog import Backlog
from microshift_telemetry.buffer.form import Form, Shape, WriteRequest
from microshift_telemetry.remote_write.encode import encode
from microshift_telemetry.report.report import passes_per_request, time_series
from microshift_telemetry.sample.sample import Reading, SamplePass, Series
from microshift_telemetry.spec.shaping import (
    MAX_EXTERNAL_BYTES,
    MAX_EXTERNAL_LABELS,
    ExternalLabels,
    utf8_bytes,
)
from tests.unit.factories import CLUSTER_ID, MINUTE, NOON

LIMIT_BYTES = 64 * 1024
DYNAMIC = tuple(Series.of(f"cluster:usage:metric_{n:02}:sum", of="x" * 40) for n in range(13))
STATIC = tuple(Series.of(f"cluster:capacity_{n}:sum", a="x" * 40, b="y" * 40) for n in range(4))
ASCII = string.ascii_letters + string.digits + string.punctuation
"""Names and values are drawn from it; in UTF-8 each alphabet here has letters of one length."""


def labels(alphabet: Sequence[str], chance: random.Random) -> ExternalLabels:
    """Draw as many labels as there may be, with short names, as long as they may be together."""
    names = [f"l{number:02}" for number in range(MAX_EXTERNAL_LABELS)]
    letters = (MAX_EXTERNAL_BYTES // len(names) - len(names[0])) // utf8_bytes(alphabet[0])
    return tuple((name, "".join(chance.choices(alphabet, k=letters))) for name in names)


def a_pass_without_a_pattern(at: int, chance: random.Random) -> SamplePass:
    dynamic, static = (
        tuple(Reading(series, chance.random()) for series in some) for some in (DYNAMIC, STATIC)
    )
    return SamplePass(at + chance.randrange(MINUTE), dynamic, static)


def sizes(external: ExternalLabels, chance: random.Random, *, averaged: bool = False) -> list[int]:
    """Give the bytes of each request of a report after ten hours of minutes without a link."""
    backlog = Backlog()
    passes = [a_pass_without_a_pattern(NOON - n * MINUTE, chance) for n in range(600)]
    for each in passes:
        backlog.add(each)
    shape, newest = Shape(CLUSTER_ID, "Absolute", external), passes[0]
    form, most = Form(shape, averaged), passes_per_request(len(backlog.series()), shape)
    old = [backlog.times_ms] if averaged else [*batched(backlog.times_ms[:-1], most)]
    requests = [WriteRequest(times_ms, form) for times_ms in old]
    requests.append(WriteRequest((newest.time_ms,), form, newest.static))
    return [len(encode(time_series(each, backlog, b"salt")).body) for each in requests]


def batched(times_ms: tuple[int, ...], most: int) -> Iterator[tuple[int, ...]]:
    for at in range(0, len(times_ms), most):
        yield times_ms[at : at + most]


@pytest.mark.parametrize(
    "alphabet",
    [
        pytest.param(ASCII, id="1-byte"),
        pytest.param([chr(code) for code in range(0x400, 0x500)], id="2-bytes"),
        pytest.param([chr(code) for code in range(0x4E00, 0x9FFF)], id="3-bytes"),
        pytest.param([chr(code) for code in range(0x20000, 0x2A000)], id="4-bytes"),
    ],
)
@pytest.mark.parametrize("averaged", [False, True], ids=["in-full", "averaged"])
def test_the_longest_labels_leave_every_request_below_64_kib(
    alphabet: Sequence[str], *, averaged: bool
) -> None:
    chance = random.Random(1)  # noqa: S311  # to repeat a run

    found = sizes(labels(alphabet, chance), chance, averaged=averaged)

    assert max(found) < LIMIT_BYTES


@pytest.mark.parametrize("letters", [1, 8, 16, 32, 64, 128, 253])
def test_labels_of_any_length_leave_every_request_below_64_kib(letters: int) -> None:
    chance = random.Random(letters)  # noqa: S311  # to repeat a run
    external = tuple((name, value[:letters]) for name, value in labels(ASCII, chance))

    assert max(sizes(external, chance)) < LIMIT_BYTES


def test_without_labels_a_request_is_as_large_as_it_may_be() -> None:
    chance = random.Random(1)  # noqa: S311  # to repeat a run

    assert 32 * 1024 < max(sizes((), chance)) < LIMIT_BYTES
