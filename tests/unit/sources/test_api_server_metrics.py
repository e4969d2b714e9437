import pytest
from hypothesis import given
from hypothesis import strategies as st

from microshift_telemetry.sources.api_server_metrics import ApiServerMetrics, MetricsFold
from microshift_telemetry.sources.outcome import SourceError
from tests.support.fake_kube import APPLIED
from tests.unit.sources.surroundings import METRICS, damaged_bytes


def fold(text: bytes) -> ApiServerMetrics:
    lines = MetricsFold()
    for line in text.split(b"\n"):
        lines.add(line)
    return lines.result()


def test_the_newer_family_is_taken_and_never_both() -> None:
    assert fold(METRICS) == ApiServerMetrics(
        object_count=17, process_start_time_seconds=1768910512.91
    )


@pytest.mark.parametrize(
    ("text", "object_count"),
    [
        pytest.param(b'apiserver_storage_objects{resource="a"} 3\n', 3, id="before-1.34"),
        pytest.param(
            b'apiserver_storage_objects{resource="a"} 3\napiserver_resource_objects{a="b"} 2',
            2,
            id="the-newer-family-comes-later",
        ),
        pytest.param(
            b'apiserver_resource_objects{resource="a"} -1\napiserver_resource_objects{a="b"} 2',
            2,
            id="unknown-counts-are-left-out",
        ),
        pytest.param(b'apiserver_resource_objects{resource="a"} -1', None, id="all-unknown"),
        pytest.param(b'apiserver_resource_objects{resource="a"} 0', 0, id="a-true-zero"),
        pytest.param(b'apiserver_resource_objects{a="}"} 1e+06', 1_000_000, id="brace-in-a-label"),
        pytest.param(b'apiserver_resource_objects{a="} 7 "} 5 1768910512', 5, id="timestamp"),
        pytest.param(b"apiserver_resource_objects 5", 5, id="no-labels"),
        pytest.param(b"apiserver_resource_objects 5\r", 5, id="a-line-end-of-another-system"),
        pytest.param(b'apiserver_resource_objects_old{a="b"} x', None, id="another-metric"),
        pytest.param(b"", None, id="nothing"),
    ],
)
def test_object_counts_are_summed(text: bytes, object_count: int | None) -> None:
    assert fold(text).object_count == object_count


@pytest.mark.parametrize(
    ("line", "has_applied"),
    [
        pytest.param(APPLIED, True, id="an apply"),
        pytest.param(APPLIED.replace(b'"200"', b'"201"'), True, id="one that made it"),
        pytest.param(APPLIED.replace(b'"200"', b'"409"'), False, id="one that was refused"),
        pytest.param(APPLIED.replace(b'subresource=""', b'subresource="status"'), False, id="ours"),
        pytest.param(APPLIED.replace(b"APPLY", b"LIST"), False, id="a list"),
        pytest.param(APPLIED.replace(b"telemetryconfigs", b"routes"), False, id="another kind"),
    ],
)
def test_an_apply_of_our_object_is_told(line: bytes, has_applied: bool) -> None:  # noqa: FBT001
    assert fold(line).has_applied is has_applied


@pytest.mark.parametrize("value", [b"x", b"", b"NaN", b"+Inf", b"1e300", b"1 2 3", b"1_000"])
def test_a_value_of_ours_that_makes_no_sense_is_an_error(value: bytes) -> None:
    with pytest.raises(SourceError, match=r"^/metrics: "):
        fold(b'apiserver_resource_objects{resource="pods"} ' + value)


@given(
    st.lists(st.integers(-1, 10**9)),
    st.lists(st.integers(-1, 10**9)),
    st.text(st.characters(codec="utf-8", exclude_characters='\n"\\')),
)
def test_the_sum_is_that_of_one_family(newer: list[int], older: list[int], label: str) -> None:
    text = "\n".join(
        [f'apiserver_storage_objects{{resource="{label}"}} {value}' for value in older]
        + [f'apiserver_resource_objects{{resource="{label}"}} {value}' for value in newer]
    )

    known = [value for value in newer or older if value >= 0]
    assert fold(text.encode()).object_count == (sum(known) if known else None)


@given(damaged_bytes(METRICS))
def test_a_damaged_answer_gives_counts_or_a_documented_error(damaged: bytes) -> None:
    try:
        metrics = fold(damaged)
    except SourceError:
        return
    assert metrics.object_count is None or metrics.object_count >= 0
