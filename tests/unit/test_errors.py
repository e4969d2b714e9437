import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microshift_telemetry import __main__, errors  # noqa: F401  # the start loads every stage
from microshift_telemetry.check import checks  # noqa: F401  # which the start leaves for later
from microshift_telemetry.errors import EXCERPT_CHARS, TelemetryError, excerpt


def _descendants(error: type[Exception]) -> set[str]:
    below = {each.__name__ for each in error.__subclasses__()}
    return below.union(*(_descendants(each) for each in error.__subclasses__()))


def test_every_error_of_ours_hangs_in_the_tree_that_is_drawn() -> None:
    drawn = set(re.findall(r"\b[A-Z]\w+Error\b", str(errors.__doc__)))

    assert drawn == _descendants(TelemetryError) | {"TelemetryError"}


@pytest.mark.parametrize(
    ("foreign", "shown"),
    [
        pytest.param("out of bounds", "out of bounds", id="as it is"),
        pytest.param("<html>\r\n\t<body>", "<html> <body>", id="line breaks"),
        pytest.param("a\x1b[31mb\x00", "a?[31mb?", id="terminal escapes"),
        pytest.param("x" * 256, "x" * 256, id="just fits"),
        pytest.param("x" * 257, "x" * 255 + "…", id="cut"),
    ],
)
def test_foreign_text_is_cut_to_one_harmless_line(foreign: str, shown: str) -> None:
    assert excerpt(foreign) == shown


@given(st.text())
def test_an_excerpt_of_any_text_fits_and_is_printable(foreign: str) -> None:
    shown = excerpt(foreign)

    assert len(shown) <= EXCERPT_CHARS
    assert shown.isprintable()
    assert excerpt(shown) == shown
