from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microshift_telemetry.sources.outcome import SourceError
from microshift_telemetry.sources.quantity import parse_quantity

POWERS = {"": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18, "m": -3, "u": -6, "n": -9}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("4", 4, id="cores"),
        pytest.param("3500m", 3.5, id="millicores"),
        pytest.param("7901Mi", 7901 * 2**20, id="mebibytes"),
        pytest.param("16Gi", 16 * 2**30, id="gibibytes"),
        pytest.param("16386476Ki", 16386476 * 2**10, id="kibibytes-as-the-kubelet-says-it"),
        pytest.param("2097152000", 2097152000, id="plain-bytes"),
        pytest.param("1.5Gi", 1.5 * 2**30, id="a-fraction"),
        pytest.param(".5", 0.5, id="no-leading-digit"),
        pytest.param("5.", 5, id="no-trailing-digit"),
        pytest.param("12e6", 12e6, id="exponent"),
        pytest.param("12E-3", 0.012, id="negative-exponent"),
        pytest.param("12E", 12e18, id="exa-is-not-an-exponent"),
        pytest.param("+1k", 1000, id="signed"),
        pytest.param("-1", -1, id="negative"),
    ],
)
def test_a_quantity_is_read_as_kubernetes_reads_it(text: str, value: float) -> None:
    assert parse_quantity(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        " 4",
        "4 ",
        "4Kii",
        "4ki",
        "4B",
        "e3",
        ".",
        "1e",
        "1e1234",
        "1e400",
        "0x10",
        "1_0",
        "٤",
        "nan",
    ],
)
def test_what_is_not_a_quantity_is_refused(text: str) -> None:
    with pytest.raises(SourceError):
        parse_quantity(text)


@given(st.integers(-(10**15), 10**15), st.sampled_from(sorted(POWERS)))
def test_decimal_suffixes_scale_exactly(number: int, suffix: str) -> None:
    exact = Fraction(number) * Fraction(10) ** POWERS[suffix]

    assert parse_quantity(f"{number}{suffix}") == float(exact)


@given(st.text() | st.from_regex(r"[+-]?[0-9.]{1,9}[KMGTPEknumi]{0,2}([eE][+-]?[0-9]{1,5})?"))
def test_any_text_gives_a_finite_number_or_a_documented_error(text: str) -> None:
    try:
        value = parse_quantity(text)
    except SourceError:
        return
    assert abs(value) < float("inf")
