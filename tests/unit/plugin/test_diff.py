"""The screens of `kubectl telemetry preview --diff`, and what a program gets of it."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from microshift_telemetry_cli.diff import compared, document, number
from microshift_telemetry_cli.diff_screen import diff_screen
from microshift_telemetry_cli.style import Style
from tests.unit.plugin.draw import GOLDEN, drawn
from tests.unit.plugin.fake_operator import ask, operator
from tests.unit.plugin.history_scenes import (
    CPU,
    DIFFS,
    EMPTY,
    LAST,
    a_history,
    a_preview,
    a_request,
    a_series,
)
from tests.unit.plugin.scenes import DEVICE, NOON

UNKNOWN = "no TelemetryConfig of this name; existing ones: none\n"


@pytest.mark.parametrize("name", [f"diff/{name}" for name in DIFFS])
def test_each_difference_has_its_screen(name: str) -> None:
    """`python -m tests.unit.plugin.draw` draws them anew."""
    text = drawn(Style())[name]

    assert text == (GOLDEN / f"{name}.txt").read_text()
    assert [line for line in text.splitlines() if len(line) > 80] == []


def test_every_screen_is_of_a_difference() -> None:
    assert {path.stem for path in (GOLDEN / "diff").iterdir()} == set(DIFFS)


def test_colours_change_no_word() -> None:
    plain, coloured = drawn(Style()), drawn(Style(has_colours=True))

    assert coloured["diff/changed"].count("\x1b[32m+\x1b[0m") == 2
    for code in ("0", "1", "32", "33", "1;31"):
        coloured = {name: text.replace(f"\x1b[{code}m", "") for name, text in coloured.items()}
    assert coloured == plain


def test_the_newest_value_counts_whichever_request_it_is_in() -> None:
    older = a_series("cluster:cpu_usage_cores:sum", 1, last=NOON.replace(hour=9))
    newer = a_series("cluster:cpu_usage_cores:sum", 2, last=NOON.replace(hour=10))
    history = a_history((a_request(newer, hours=1), a_request(older, hours=0.9)))

    for requests in ([older, newer],), ([newer], [older]), ([older], [newer]):
        found = document(compared(history, a_preview(*requests)))
        assert (found["added"], found["removed"], found["changed"]) == ([], [], [])


def test_a_program_gets_values_with_their_labels_and_times() -> None:
    before = a_series("cluster_version", 1, version="4.18.3")
    after = a_series("cluster_version", 1, version="4.18.4")
    history = a_history((a_request(before, CPU, hours=5.2),))
    time_ms = int(NOON.timestamp() * 1000)

    found = document(compared(history, a_preview([after, a_series("up", 0)])))

    assert found == {
        "comparedWith": "2026-11-21T06:48:00Z",
        "added": [
            {"labels": {"__name__": "up", "_id": DEVICE}, "timeMs": time_ms, "value": 0.0},
        ],
        "removed": [{"labels": CPU["labels"], "timeMs": time_ms, "value": 0.38}],
        "changed": [
            {
                "before": {"labels": before["labels"], "timeMs": time_ms, "value": 1.0},
                "after": {"labels": after["labels"], "timeMs": time_ms, "value": 1.0},
            }
        ],
    }


def test_of_several_series_of_a_name_none_is_taken_for_another() -> None:
    """Which of them has become which is not known."""
    one, two, three = (a_series("objects", 1, resource=each) for each in ("a", "b", "c"))

    found = compared(a_history((a_request(one, hours=1),)), a_preview([two, three]))

    assert [each.labels["resource"] for each in found.added] == ["b", "c"]
    assert [each.labels["resource"] for each in found.removed] == ["a"]
    assert list(found.changed) == []


def test_a_label_that_was_not_there_is_shown_as_an_empty_one() -> None:
    history = a_history((a_request(a_series("up", 1), hours=1),))

    lines = diff_screen(
        "cluster", compared(history, a_preview([a_series("up", 0, site="x")])), NOON, Style()
    )

    assert lines[-1] == '  up{site="" -> "x"}  1 -> 0'


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1"),
        (0.1, "0.1"),
        (16374562816.0, "16374562816"),
        (1e16, "1e+16"),
        (float("inf"), "+Inf"),
        (float("nan"), "NaN"),
    ],
)
def test_values_are_written_as_on_the_page(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize("strange", [[], {}, {"requests": 7}, {"requests": [{"series": [7]}]}])
def test_a_strange_page_is_compared_all_the_same(strange: Any) -> None:
    found = compared(a_history(LAST), strange)

    assert diff_screen("cluster", found, NOON, Style())
    assert document(found)["changed"] == []


@pytest.mark.parametrize(("form", "read"), [("json", json.loads), ("yaml", yaml.safe_load)])
def test_both_pages_are_asked_for(form: str, read: Any, tmp_path: Path) -> None:
    history, preview = DIFFS["changed"]
    pages = {"history": (200, json.dumps(history)), "preview": (200, json.dumps(preview))}
    with operator(500, "", **pages) as (port, asked):
        said = ask(tmp_path, port, "preview", "plant", "--diff")
        dry = ask(tmp_path, port, "preview", "plant", "--diff", "--dry-run", "-o", form)

    assert (said.returncode, said.stderr, dry.returncode) == (0, "", 0)
    assert said.stdout.startswith("plant: 6 series: 2 new, 3 changed, 1 equal\n  last report ")
    assert read(dry.stdout) == document(compared(history, preview))
    assert [path for path, _ in asked] == [
        "/preview?name=plant",
        "/history?name=plant",
        "/preview?name=plant&dry-run=true",
        "/history?name=plant",
    ]
    assert {accept for _, accept in asked} == {"application/json"}


@pytest.mark.parametrize(
    ("preview", "history", "code", "said"),
    [
        ((404, "cluster: spec.status is Disabled\n"), (200, "{}"), 1, "spec.status is Disabled"),
        ((404, UNKNOWN), (404, UNKNOWN), 2, "no TelemetryConfig of this name"),
        ((200, "{}"), (404, UNKNOWN), 2, "no TelemetryConfig of this name"),
        ((200, "{}"), (404, "404: Not Found"), 2, "this operator's version has no history"),
        ((200, "{}"), (503, "the history can't be read\n"), 1, "the history can't be read"),
    ],
    ids=["off", "unknown", "deleted", "older", "unread"],
)
def test_without_one_of_them_there_is_no_difference(
    preview: tuple[int, str], history: tuple[int, str], code: int, said: str, tmp_path: Path
) -> None:
    with operator(500, "", preview=preview, history=history) as (port, _):
        told = ask(tmp_path, port, "preview", "--diff")

    assert (told.returncode, told.stdout) == (code, "")
    assert said in told.stderr


def test_a_dry_run_of_what_is_not_there_has_no_earlier_report(tmp_path: Path) -> None:
    preview = (200, json.dumps(a_preview([CPU], dryRun=True)))
    with operator(500, "", preview=preview, history=(404, UNKNOWN)) as (port, _):
        said = ask(tmp_path, port, "preview", "--diff", "--dry-run")

    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout.splitlines() == [
        "cluster, a dry run: no earlier report to compare with",
        "  why           no TelemetryConfig of this name; existing ones: none",
        "  next report   1 series",
        "  more          kubectl telemetry preview cluster --dry-run",
    ]


def test_without_an_earlier_report_a_program_is_told_so() -> None:
    found = document(compared(EMPTY, a_preview([CPU])))

    assert (found["comparedWith"], len(found["added"]), found["removed"]) == (None, 1, [])
