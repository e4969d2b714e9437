"""The text format: what is written is what a reader reads."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microshift_telemetry.report.exposition import Family, exposition, text_format
from microshift_telemetry.report.report import TimeSeries
from microshift_telemetry.sources.api_server_metrics import MetricsFold
from tests.support.exposition import parse_page
from tests.unit.factories import NOON

NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True)
TEXTS = st.text(st.characters(codec="utf-8"))
PAIRS = st.dictionaries(NAMES, TEXTS, max_size=4).map(lambda pairs: tuple(sorted(pairs.items())))
FAMILIES = st.lists(
    st.builds(
        Family,
        NAMES,
        st.sampled_from(["counter", "gauge"]),
        TEXTS,
        st.dictionaries(PAIRS, st.floats(allow_nan=False), min_size=1).map(
            lambda samples: tuple(samples.items())
        ),
    ),
    unique_by=lambda family: family.name,
)


def test_a_metric_is_written_with_what_it_means() -> None:
    families = [
        Family("one_total", "counter", "Things.\nWith a \\ in them.", [((), 3)]),
        Family("two_seconds", "gauge", "Times.", [((("a", 'x"\\\n'), ("b", "")), 0.25)]),
        Family("none", "gauge", "Nothing is known of it.", []),
    ]

    assert "".join(text_format(families)) == (
        "# HELP one_total Things.\\nWith a \\\\ in them.\n"
        "# TYPE one_total counter\n"
        "one_total 3\n"
        "# HELP two_seconds Times.\n"
        "# TYPE two_seconds gauge\n"
        'two_seconds{a="x\\"\\\\\\n",b=""} 0.25\n'
    )


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (1.0, "1"),
        (1e21, "1e+21"),
        (1_768_910_400.123, "1768910400.123"),
        (math.inf, "+Inf"),
        (-math.inf, "-Inf"),
        (math.nan, "NaN"),
    ],
)
def test_a_value_is_written_as_go_reads_it(value: float, written: str) -> None:
    [*_, line] = text_format([Family("x", "gauge", "", [((), value)])])

    assert line == f"x {written}\n"


@given(FAMILIES)
def test_a_reader_reads_what_was_written(families: list[Family]) -> None:
    page = parse_page("".join(text_format(families)))

    assert page.values == {
        (family.name, frozenset(labels)): value
        for family in families
        for labels, value in family.samples
    }
    assert page.kinds == {family.name: family.kind for family in families}
    assert page.helps == {family.name: family.help for family in families}


@given(st.dictionaries(PAIRS, st.integers(0, 10**9)), st.floats(0, 4e9))
def test_what_reads_the_api_servers_metrics_reads_ours(
    counts: dict[tuple[tuple[str, str], ...], int], start: float
) -> None:
    families = [
        Family("apiserver_resource_objects", "gauge", "Objects.", tuple(counts.items())),
        Family("process_start_time_seconds", "gauge", "Start.", [((), start)]),
    ]
    fold = MetricsFold()
    for line in "".join(text_format(families)).encode().split(b"\n"):
        fold.add(line)

    read = fold.result()

    assert read.object_count == (sum(counts.values()) if counts else None)
    assert read.process_start_time_seconds == start


def test_a_request_is_written_with_the_times_of_its_samples() -> None:
    series = TimeSeries((("__name__", "a:b"), ("_id", "x")), ((NOON, 1.0), (NOON + 1, 2.5)))

    assert list(exposition([series])) == [
        f'a:b{{_id="x"}} 1 {NOON}\n',
        f'a:b{{_id="x"}} 2.5 {NOON + 1}\n',
    ]
