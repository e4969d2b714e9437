"""What of the device's values becomes a label, and what is left out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microshift_telemetry.report.external_labels import Unread, joined, label_value

NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,127}", fullmatch=True)
VALUES = st.text(min_size=1, max_size=256)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("north\n", "north"),
        ("\r\n  Köln, Tor 3 ", "Köln, Tor 3"),
        ("端" * 256, "端" * 256),
        ("two\nlines", "two\nlines"),
    ],
)
def test_white_space_around_a_value_is_an_editors(text: str, value: str) -> None:
    assert label_value(text, "there") == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "there: empty; set a text as its value"),
        (" \n", "there: empty; set a text as its value"),
        ("x" * 257, "there: longer than 256 characters; shorten it"),
    ],
)
def test_what_cannot_be_a_value_is_told_with_its_remedy(text: str, said: str) -> None:
    assert str(label_value(text, "there")) == said


def test_a_value_of_the_device_counts_before_a_fixed_one() -> None:
    labels = joined((("line", "7"), ("site", "unknown")), {"site": "north", "host": "edge-1"})

    assert labels.labels == (("host", "edge-1"), ("line", "7"), ("site", "north"))
    assert labels.notes == ()


def test_an_unread_label_is_left_out_or_keeps_its_fixed_value() -> None:
    unread = Unread("ConfigMap device, key site: empty", "set a text as its value")

    labels = joined((("site", "unknown"),), {"site": unread, "zone": unread})

    assert labels.labels == (("site", "unknown"),)
    assert labels.notes == (
        f"label site has its value from spec.externalLabels: {unread}",
        f"label zone is left out: {unread}",
    )


def test_what_makes_the_labels_too_long_is_left_out_and_the_rest_stays() -> None:
    """4,096 bytes to the last one; the first that does not fit makes room for later ones."""
    fixed = (("a", "x" * 255), *((f"l{number:02}", "é" * 127) for number in range(14)))
    length = sum(len(name) + len(value.encode()) for name, value in fixed)
    fitting = "z" * (4096 - length - 1)

    labels = joined(fixed, {"y": fitting + "z", "z": fitting})

    assert labels.labels == (*fixed, ("z", fitting))
    assert labels.notes == (
        "label y is left out: with it all external labels have more than 4096 bytes of UTF-8; "
        "shorten a value",
    )


@given(st.dictionaries(NAMES, VALUES, max_size=8), st.dictionaries(NAMES, VALUES, max_size=8))
def test_every_label_is_sent_or_told_and_they_are_never_too_long(
    fixed: dict[str, str], values: dict[str, str]
) -> None:
    def size(labels: dict[str, str]) -> int:
        return len("".join((*labels, *labels.values())).encode(errors="surrogatepass"))

    while size(fixed) > 4096:
        fixed.popitem()

    result = joined(tuple(sorted(fixed.items())), values)

    labels = dict(result.labels)
    assert size(labels) <= 4096
    assert labels.keys() | result.unread.keys() == fixed.keys() | values.keys()
    assert all(
        labels.get(name) == (fixed.get(name) if name in result.unread else value)
        for name, value in values.items()
    )
