"""What `make bench` writes: figures as they were measured, budgets with a verdict."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.bench import report
from tests.bench.budgets import BUDGETS, verdicts
from tests.bench.plots import svg
from tests.bench.results import Curve, Part, load, save


def a_part(rss_mib: float = 40.0) -> Part:
    part = Part(
        "ours", notes=["a note"], seconds=1.5, at="2026-11-21T08:00Z", machine={"k": "2 cores"}
    )
    part.add("rss_steady", "RSS, steady", rss_mib, "MiB", "median")
    part.curves.append(Curve("rss", "RSS", "cycles", "MiB", {"RSS": [(0.0, 39.0), (9.0, 40.0)]}))
    return part


@pytest.mark.parametrize(
    ("rss_mib", "said"),
    [
        pytest.param(50.0, "met", id="met"),
        pytest.param(50.1, f"**missed**: {BUDGETS[0].if_missed}", id="missed"),
    ],
)
def test_a_budget_is_judged_by_its_figure(rss_mib: float, said: str) -> None:
    wish, limit, unknown, *_ = verdicts([a_part(rss_mib)])

    assert (wish.text, limit.text, unknown.text) == (said, "met", "not measured")


@pytest.mark.parametrize(
    ("rss_mib", "said"),
    [
        pytest.param(50.0, "50 MiB | 50 MiB | 100 % | met", id="just met"),
        pytest.param(49.999, "49.999 MiB | 50 MiB | 99.998 % | met", id="by little"),
        pytest.param(50.01, "50.01 MiB | 50 MiB | 100.02 % | **missed**", id="missed by little"),
        pytest.param(50.2422, "50.2 MiB | 50 MiB | 100.5 % | **missed**", id="missed"),
    ],
)
def test_what_is_missed_does_not_look_met(rss_mib: float, said: str, tmp_path: Path) -> None:
    page = report.write({"ours": a_part(rss_mib)}, tmp_path).read_text()

    assert f"| RSS, steady: the wish | {said}" in page


def test_what_is_saved_is_read_back(tmp_path: Path) -> None:
    save({"ours": a_part()}, tmp_path / "bench" / "results.json")

    [read] = load(tmp_path / "bench" / "results.json").values()

    assert read.figures == a_part().figures
    assert (read.notes, read.seconds, read.machine) == (["a note"], 1.5, {"k": "2 cores"})


def test_the_page_has_budgets_figures_and_plots(tmp_path: Path) -> None:
    page = report.write({"ours": a_part()}, tmp_path).read_text()

    assert "| RSS, steady: the wish | 40 MiB | 50 MiB | 80 % | met |" in page
    assert "| RSS, steady | 40 MiB | median |" in page
    assert "![RSS](performance/ours-rss.svg)" in page
    assert (tmp_path / "performance" / "ours-rss.svg").exists()


def test_a_plot_is_well_formed_and_keeps_its_points_inside() -> None:
    curve = Curve("load", "A < B", "s", "r/s", {"a": [(0.0, 0.0), (5.0, 7.0)], "b": [(1.0, 3.0)]})

    picture = ElementTree.fromstring(svg(curve))  # noqa: S314  # ours

    paths = [
        each.get("d", "") for each in picture.iterfind("{*}path") if each.get("fill") == "none"
    ]
    assert paths == ["M70.0 270.0L700.0 88.0", "M196.0 192.0"]
