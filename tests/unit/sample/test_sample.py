import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microshift_telemetry.sample.sample import Reading, Series, labels_from

SERIES = Series.of("cluster:cpu_usage_cores:sum")


@given(st.dictionaries(st.text(min_size=1), st.text(min_size=1)))
def test_labels_are_sorted_by_name_and_none_is_lost(pairs: dict[str, str]) -> None:
    labels = labels_from(pairs)

    assert [name for name, _ in labels] == sorted(pairs)
    assert dict(labels) == pairs


@pytest.mark.parametrize("pairs", [{"": "x"}, {"x": ""}])
def test_an_empty_label_is_refused(pairs: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="neither may be empty"):
        labels_from(pairs)


def test_two_series_are_one_when_metric_and_labels_are_the_same() -> None:
    assert Series.of("a", x="1", b="2") == Series.of("a", b="2", x="1")
    assert Series.of("a", x="1") != Series.of("a", x="2")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_reading_is_a_finite_number(value: float) -> None:
    with pytest.raises(ValueError, match="is not a finite number"):
        Reading(SERIES, value)


@pytest.mark.parametrize("total", [0.0, -1.0, math.nan, math.inf])
def test_the_total_of_a_share_is_above_zero(total: float) -> None:
    with pytest.raises(ValueError, match="is not above 0"):
        Reading(SERIES, 1.0, total=total)
