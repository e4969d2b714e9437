import random
import struct
from math import isfinite

from hypothesis import given
from hypothesis import strategies as st

from microshift_telemetry.buffer.backlog import Backlog
from microshift_telemetry.buffer.form import Form, Shape, WriteRequest
from microshift_telemetry.remote_write.encode import encode
from microshift_telemetry.report.report import TimeSeries, passes_per_request, time_series
from microshift_telemetry.sample.metrics import CATALOGUE, Kind
from microshift_telemetry.sample.sample import Reading, SamplePass, Series
from tests.support.decoder import DecodedSeries, decode_request, decompress_block
from tests.unit.factories import CLUSTER_ID, COUNTS, MINUTE, NOON, USAGES

KIB = 1024
A_LONG_VALUE = "4.20.3-202601201011.p0.gabcdef0.assembly.4.20.3.el9"

names = st.text(min_size=1, max_size=12)
series_on_the_wire = st.builds(
    TimeSeries,
    st.dictionaries(names, names, max_size=4).map(lambda labels: tuple(sorted(labels.items()))),
    st.lists(
        st.tuples(st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False)), max_size=6
    ).map(tuple),
)


@given(st.lists(series_on_the_wire, max_size=6))
def test_a_decoder_of_another_hand_reads_what_was_encoded(series: list[TimeSeries]) -> None:
    encoded = encode(series)

    assert decode_request(encoded.body) == tuple(
        DecodedSeries(one.labels, one.samples) for one in series
    )
    assert encoded.series == len(series)
    assert encoded.samples == sum(len(one.samples) for one in series)


@given(st.lists(series_on_the_wire, max_size=6))
def test_the_same_series_give_the_same_bytes(series: list[TimeSeries]) -> None:
    assert encode(iter(series)).body == encode(series).body


def test_the_bytes_are_those_of_the_specification() -> None:
    series = TimeSeries((("__name__", "up"),), ((NOON, 1.0),))

    written = decompress_block(encode([series]).body)

    label = b"\x0a\x0e" + b"\x0a\x08__name__" + b"\x12\x02up"
    instant = bytes([0x80, 0xD4, 0x9A, 0xDA, 0xBD, 0x33])
    sample = b"\x12\x10" + b"\x09" + struct.pack("<d", 1.0) + b"\x10" + instant
    assert written == b"\x0a" + bytes([len(label + sample)]) + label + sample


def any_double(chance: random.Random) -> float:
    """Take any finite number, so that nothing in it can be compressed."""
    while True:
        (value,) = struct.unpack("<d", chance.randbytes(8))
        if isfinite(value):
            return float(value)


def a_noisy_backlog(passes: int) -> Backlog:
    chance, backlog = random.Random(7), Backlog()  # noqa: S311  # noise, the same at every run
    for number in range(passes):
        time_ms = NOON - number * (MINUTE + chance.randrange(5_000))
        dynamic = tuple(Reading(series, any_double(chance)) for series in USAGES + COUNTS)
        backlog.add(SamplePass(time_ms, dynamic))
    return backlog


def test_the_largest_request_fits_through_the_narrowest_receiver() -> None:
    """Telemeter refuses 128 KiB; half of that is our own limit."""
    static = tuple(
        Reading(Series.of(metric.name, **dict.fromkeys(metric.labels, A_LONG_VALUE)), 1.0)
        for metric in CATALOGUE
        if metric.kind is Kind.STATIC
    )
    backlog, shape = a_noisy_backlog(2_000), Shape(CLUSTER_ID, "Absolute")
    most = passes_per_request(len(backlog.series()), shape)
    largest = WriteRequest(backlog.times_ms[-most:], Form(shape), static)

    size = len(encode(time_series(largest, backlog, b"")).body)

    assert 32 * KIB < size < 64 * KIB
