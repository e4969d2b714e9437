from collections import Counter

import snappy
from hypothesis import given
from hypothesis import strategies as st

from microshift_telemetry.controller.transports import transport_of
from microshift_telemetry.remote_write.encode import encode as encode_write_request
from microshift_telemetry.report.report import TimeSeries
from microshift_telemetry.telemeter.decode import decode
from microshift_telemetry.telemeter.encode import encode
from tests.support.framed_snappy import STREAM_IDENTIFIER
from tests.support.metric_families import GAUGE, UNTYPED, DecodedMetric, decode_upload
from tests.unit.factories import NOON

names = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=12)
values = st.floats(allow_nan=False)


@st.composite
def one_series(draw: st.DrawFn) -> TimeSeries:
    """A series as an upload has it: any labels, one sample."""
    labels = draw(st.dictionaries(names.filter(lambda name: name != "__name__"), names, max_size=4))
    labels["__name__"] = draw(st.sampled_from(["a:sum", "b:sum", "c_total"]) | names)
    sample = (draw(st.integers(-(2**63), 2**63 - 1)), draw(values))
    return TimeSeries(tuple(sorted(labels.items())), (sample,))


def told(series: list[TimeSeries]) -> Counter[object]:
    """What is said, whatever the order of the families."""
    return Counter((each.labels, each.samples) for each in series)


@given(st.lists(one_series(), min_size=1, max_size=8))
def test_a_decoder_of_another_hand_reads_what_was_encoded(series: list[TimeSeries]) -> None:
    encoded = encode(series)

    read = [
        TimeSeries(
            tuple(sorted([("__name__", family.name), *metric.labels])),
            ((metric.time_ms, metric.value),),  # type: ignore[arg-type]  # None would not be equal
        )
        for family in decode_upload(encoded.body)
        for metric in family.metrics
    ]
    assert told(read) == told(series)
    assert (encoded.series, encoded.samples) == (len(series), len(series))


@given(st.lists(one_series(), min_size=1, max_size=8))
def test_the_history_reads_back_what_was_encoded(series: list[TimeSeries]) -> None:
    body = encode(series).body

    assert told(list(decode(body))) == told(series)


@given(st.lists(one_series(), max_size=6))
def test_the_same_series_give_the_same_bytes(series: list[TimeSeries]) -> None:
    assert encode(iter(series)).body == encode(series).body


@given(st.lists(one_series(), min_size=1, max_size=6))
def test_a_body_tells_which_protocol_has_written_it(series: list[TimeSeries]) -> None:
    upload, write_request = encode(series).body, encode_write_request(series).body

    assert told(list(transport_of(upload).decode(upload))) == told(series)
    assert told(list(transport_of(write_request).decode(write_request))) == told(series)


def test_the_series_of_one_metric_are_one_family() -> None:
    series = [
        TimeSeries((("__name__", "usage"), ("resource", name)), ((NOON, 0.0),))
        for name in ("pods", "images")
    ]

    [family] = decode_upload(encode(series).body)

    assert (family.name, family.type) == ("usage", GAUGE)
    assert family.metrics == (
        DecodedMetric((("resource", "pods"),), 0.0, NOON),
        DecodedMetric((("resource", "images"),), 0.0, NOON),
    )


def test_what_only_grows_has_no_type() -> None:
    series = TimeSeries((("__name__", "dropped_samples_total"),), ((NOON, 7.0),))

    [family] = decode_upload(encode([series]).body)

    assert (family.type, family.metrics[0].value) == (UNTYPED, 7.0)


def test_a_long_upload_goes_in_chunks_that_a_reader_takes() -> None:
    series = [
        TimeSeries((("__name__", f"metric_{number}"), ("site", f"{number:0250}")), ((NOON, 1.0),))
        for number in range(600)
    ]
    body = encode(series).body

    assert body.startswith(STREAM_IDENTIFIER)
    assert body.count(STREAM_IDENTIFIER) == 1
    assert len(snappy.StreamDecompressor().decompress(body)) > 2 * 65_536
    assert len(decode_upload(body)) == 600
