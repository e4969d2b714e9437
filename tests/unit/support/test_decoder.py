import struct
from contextlib import suppress

import pytest
import snappy
from hypothesis import example, given
from hypothesis import strategies as st

from microshift_telemetry.remote_write.remote_write_pb2 import WriteRequest
from tests.support.decoder import (
    DecodedSeries,
    DecodeError,
    decode_request,
    decompress_block,
)

LABELS = st.lists(st.tuples(st.text(), st.text()), max_size=4).map(tuple)
SAMPLES = st.lists(
    st.tuples(st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False)), max_size=4
).map(tuple)
SERIES = st.builds(DecodedSeries, labels=LABELS, samples=SAMPLES)


def _literal(data: bytes) -> bytes:
    """A snappy block of one literal, shorter than 61 bytes."""
    return bytes([len(data), (len(data) - 1) << 2]) + data if data else b"\x00"


@given(st.lists(SERIES, max_size=4))
def test_what_protobuf_and_snappy_wrote_is_read_back(series: list[DecodedSeries]) -> None:
    request = WriteRequest()
    for one in series:
        written = request.timeseries.add()
        for name, text in one.labels:
            written.labels.add(name=name, value=text)
        for time_ms, value in one.samples:
            written.samples.add(timestamp=time_ms, value=value)

    body = snappy.compress(request.SerializeToString())

    assert decode_request(body) == tuple(series)


@given(st.lists(st.sampled_from([b"a", b"telemetry ", bytes(70), b"\xff" * 300])).map(b"".join))
@example(bytes(range(256)) * 400)
def test_what_snappy_compressed_is_decompressed(data: bytes) -> None:
    assert decompress_block(snappy.compress(data)) == data


@given(st.binary())
def test_any_bytes_are_decoded_or_refused(body: bytes) -> None:
    with suppress(DecodeError):
        decode_request(body)


def test_bytes_written_by_hand_from_the_specification_are_read() -> None:
    label = b"\x0a\x08__name__\x12\x02up"
    sample = b"\x09" + struct.pack("<d", 1.5) + b"\x10\x96\x01"
    series = b"\x0a" + bytes([len(label)]) + label + b"\x12" + bytes([len(sample)]) + sample
    message = b"\x0a" + bytes([len(series)]) + series

    assert decode_request(_literal(message)) == (
        DecodedSeries(labels=(("__name__", "up"),), samples=((150, 1.5),)),
    )


@pytest.mark.parametrize(
    ("block", "data"),
    [
        pytest.param(b"\x00", b"", id="nothing"),
        pytest.param(b"\x03\xf0\x02abc", b"abc", id="a literal with its length in one more byte"),
        pytest.param(b"\x03\xf4\x02\x00abc", b"abc", id="a literal with its length in two"),
        pytest.param(b"\x06\x00a\x05\x01", b"aaaaaa", id="a copy that overlaps what it writes"),
        pytest.param(b"\x04\x04ab\x06\x02\x00", b"abab", id="a copy with an offset of two bytes"),
        pytest.param(b"\x04\x04ab\x07\x02\x00\x00\x00", b"abab", id="with an offset of four"),
    ],
)
def test_each_element_of_the_block_format_is_read(block: bytes, data: bytes) -> None:
    assert decompress_block(block) == data


@pytest.mark.parametrize(
    ("block", "reason"),
    [
        pytest.param(b"", "1 bytes wanted, 0 left", id="no length"),
        pytest.param(b"\x05\x08abc", "3 bytes came out of a block that says 5", id="too short"),
        pytest.param(b"\x02\x08abc", "3 bytes came out of a block that says 2", id="too long"),
        pytest.param(b"\x03\x08ab", "3 bytes wanted, 2 left", id="a literal that is cut"),
        pytest.param(b"\x05\x00a\x01\x02", "a copy from 2 bytes back", id="a copy from before"),
        pytest.param(b"\x05\x00a\x01\x00", "a copy from 0 bytes back", id="a copy from here"),
        pytest.param(b"\x03\x08abc\x00", "1 bytes wanted", id="a tag too many"),
        pytest.param(b"\x80" * 10, "a varint of more than 10 bytes", id="an endless length"),
    ],
)
def test_a_malformed_block_is_refused(block: bytes, reason: str) -> None:
    with pytest.raises(DecodeError, match=reason):
        decompress_block(block)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        pytest.param(b"\x1a\x00", "unknown field 3", id="metadata"),
        pytest.param(b"\x08\x01", "field 1 has wire type 0", id="a number for a series"),
        pytest.param(b"\x0f", "field 1 has the wire type 7", id="a wire type that does not exist"),
        pytest.param(b"\x0a\x05\x0a", "5 bytes wanted, 1 left", id="a series that is cut"),
        pytest.param(b"\x0a\x02\x1a\x00", "unknown field 3", id="an exemplar"),
        pytest.param(b"\x0a\x06\x0a\x04\x0a\x00\x0a\x00", "stands 2 times", id="two names"),
        pytest.param(b"\x0a\x05\x0a\x03\x0a\x01\xff", "not UTF-8", id="a name in Latin-1"),
        pytest.param(
            b"\x0a\x0d\x12\x0b\x10" + b"\xff" * 9 + b"\x7f", "more than 64 bits", id="a huge time"
        ),
    ],
)
def test_a_malformed_message_is_refused(message: bytes, reason: str) -> None:
    with pytest.raises(DecodeError, match=reason):
        decode_request(_literal(message))
