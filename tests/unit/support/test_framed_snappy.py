import pytest
import snappy
from hypothesis import given
from hypothesis import strategies as st

from tests.support.decoder import DecodeError
from tests.support.framed_snappy import STREAM_IDENTIFIER, crc32c, decompress_stream


@pytest.mark.parametrize(
    ("data", "checksum"),
    [(b"123456789", 0xE3069283), (bytes(32), 0x8A9136AA), (b"\xff" * 32, 0x62A8AB43)],
)
def test_the_checksum_is_that_of_the_specification(data: bytes, checksum: int) -> None:
    """Source: RFC 3720, B.4; the first is the check value of CRC-32C."""
    assert crc32c(data) == checksum


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_it_reads_what_another_hand_has_compressed(one: bytes, two: bytes) -> None:
    stream = snappy.StreamCompressor()
    body = stream.add_chunk(one) + stream.add_chunk(two)

    assert decompress_stream(body or STREAM_IDENTIFIER) == one + two


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_a_byte_that_changes_on_the_way_is_seen(at: int, change: int) -> None:
    body = bytearray(snappy.StreamCompressor().add_chunk(b"a text of a report" * 5))
    body[at % len(body)] ^= change

    try:
        assert decompress_stream(bytes(body)) in {b"", b"a text of a report" * 5}
    except DecodeError:
        return


@pytest.mark.parametrize(
    "stream",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(snappy.compress(b"text"), id="a block"),
        pytest.param(STREAM_IDENTIFIER + b"\x00\xff\x00\x00abc", id="a cut chunk"),
        pytest.param(STREAM_IDENTIFIER + b"\x02\x01\x00\x00a", id="a chunk nobody may skip"),
        pytest.param(STREAM_IDENTIFIER + b"\x01\x05\x00\x00abcde", id="a wrong checksum"),
        pytest.param(STREAM_IDENTIFIER + b"\x01\x02\x00\x00ab", id="no checksum"),
    ],
)
def test_what_is_no_stream_is_refused(stream: bytes) -> None:
    with pytest.raises(DecodeError):
        decompress_stream(stream)
