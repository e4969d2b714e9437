import io

from tests.demo.checking import conclude, cost
from tests.demo.comparison import Expected, compare
from tests.demo.story import WIDTH, Story, folded
from tests.demo.table import table_lines

LAST_REPORT = {
    "series": 17,
    "samples": 34,
    "bytes": 1700,
    "requests": 2,
    "statusCode": 204,
    "durationMillis": 12,
}
NODE_LABELS = (
    ("label_beta_kubernetes_io_instance_type", "rhde"),
    ("label_kubernetes_io_arch", "aarch64"),
    ("label_node_openshift_io_os_id", "rhel"),
)
DISK = Expected("cluster:capacity_disk_bytes:sum", NODE_LABELS, 99_000_000_000_000.0, "df")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_there_are_no_colours_where_there_is_no_terminal() -> None:
    out = io.StringIO()
    story = Story(out)

    story.chapter("What runs")
    story.good("all is well")

    assert out.getvalue() == "\nWhat runs\nall is well\n"


def test_a_terminal_gets_colours() -> None:
    out = Terminal()

    Story(out).bad("FAILED")

    assert out.getvalue() == "\x1b[31mFAILED\x1b[0m\n"


def test_a_long_event_is_wrapped_below_itself() -> None:
    out = io.StringIO()

    Story(out).event("Reporting", "word " * 40)

    first, *others = out.getvalue().splitlines()
    assert first.startswith("   0 s  Reporting      word word")
    assert all(line.startswith(" " * 23 + "word") for line in others)
    assert max(map(len, [first, *others])) <= WIDTH


def test_a_table_that_is_too_wide_is_folded_at_a_column() -> None:
    table = [
        "NAME      STATUS    REASON            LAST REPORT   NEXT REPORT            AGE",
        "cluster   Enabled   ReportDelivered   5h12m         2026-11-21T22:08:41Z   41d",
    ]

    assert folded(table, 80) == table
    assert folded(table, 52) == [
        "NAME      STATUS    REASON            LAST REPORT",
        "cluster   Enabled   ReportDelivered   5h12m",
        "NEXT REPORT            AGE",
        "2026-11-21T22:08:41Z   41d",
    ]


def test_what_has_no_columns_is_not_folded() -> None:
    assert folded(["no resources " * 5], 20) == ["no resources " * 5]


def test_the_table_fits_the_width_also_with_a_large_disk() -> None:
    lines = table_lines(compare({}, [DISK], "id"))

    assert max(map(len, lines)) <= WIDTH
    assert lines[2].endswith("99000000000000  MISSING")
    assert lines[-1].strip() == "computed from df"


def test_the_end_is_bad_and_says_why_when_a_series_does_not_agree() -> None:
    out = io.StringIO()

    is_good = conclude(compare({}, [DISK], "id"), {"lastReport": LAST_REPORT}, Story(out))

    assert not is_good
    assert "FAILED" in out.getvalue()
    assert 'label_node_openshift_io_os_id="rhel"}\n  is missing' in out.getvalue()


def test_the_cost_is_told_in_bytes_and_bytes_a_series() -> None:
    assert cost(LAST_REPORT) == (
        "17 series with 34 samples: 1700 bytes in 2 requests, 100 bytes a series; "
        "answered 204 after 12 ms."
    )
