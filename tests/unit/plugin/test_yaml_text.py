"""YAML without a library, read back by one."""

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from microshift_telemetry_cli.yaml_text import as_yaml

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS
    | st.sampled_from(
        ["yes", "Null", "on", "~", "1e3", "0x1", "2026-11-21", "a: b", "- a", "=", ""]
    ),
    lambda each: st.lists(each, max_size=4) | st.dictionaries(TEXTS, each, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_what_is_written_is_what_is_read(value: Any) -> None:
    assert yaml.safe_load(as_yaml(value)) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"name": "cluster", "ready": True}, "name: cluster\nready: true\n"),
        ({"list": [{"a": 1, "b": [2]}, []]}, "list:\n  - a: 1\n    b:\n      - 2\n  - []\n"),
        ({"said": "401: no"}, 'said: "401: no"\n'),
        ({"switch": "off"}, 'switch: "off"\n'),
        ([], "[]\n"),
    ],
    ids=["plain", "nested", "quoted", "word", "empty"],
)
def test_it_is_written_as_a_person_would(value: Any, text: str) -> None:
    assert as_yaml(value) == text
