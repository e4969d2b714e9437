"""Holds each delivered report against the ground truth, until one shows everything."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.demo.comparison import SERIES, Row, is_proven
from tests.demo.narrator import Narrator
from tests.demo.stage import Stage
from tests.demo.story import Story
from tests.demo.table import table_lines
from tests.demo.verification import verify_newest

MAX_REPORTS = 4
SECONDS_FOR_A_REPORT = 90

Status = Mapping[str, Any]


def checked_reports(stage: Stage, narrator: Narrator, story: Story) -> tuple[Sequence[Row], Status]:
    """Check one report after the other; give the last one's rows, and the status with it.

    One is not enough: in the first the CPU is the mean since boot, and the API server may not have
    counted yet what it holds.

    Raises:
        DemoError: a report did not come.
    """
    rows: Sequence[Row] = ()
    status: Status = {}
    for number in range(1, MAX_REPORTS + 1):
        last = status.get("lastReportTime", "")
        status = narrator.tell_until_report(last, SECONDS_FOR_A_REPORT)
        rows = verify_newest(stage)
        story.event("check", _told(rows, number))
        if is_proven(rows) and number > 1:
            break
        if number < MAX_REPORTS:
            due = status.get("nextReportTime")
            story.event("waiting", f"for the report of {due}: its CPU is the mean since this one")
    return rows, status


def conclude(rows: Sequence[Row], status: Status, story: Story) -> bool:
    """Show what Prometheus holds and what it cost; tell whether all is as it should be."""
    story.chapter("What Prometheus holds")
    story.lines(
        [
            "  Each series also has the cluster's id as a label:",
            f'  _id="{status.get("clusterID")}"',
            "  Usage is in percent of the total (usageUnit: Absolute gives cores and bytes).",
            "",
            *table_lines(rows),
        ]
    )
    story.chapter("What went out")
    story.paragraph(cost(status["lastReport"]))
    story.lines([""])
    if is_proven(rows):
        story.good(
            f"All {SERIES} series are in Prometheus, each with the value that was computed another "
            f"way. It took {story.seconds:.0f} s."
        )
        return True
    story.bad(f"FAILED: not all of the {SERIES} series agree after {MAX_REPORTS} reports:")
    for row in rows:
        if row.problem is not None:
            story.bad(f"  {row}")
    return False


def cost(report: Mapping[str, int]) -> str:
    """Tell what a report cost, from `status.lastReport`."""
    requests, size, series = report["requests"], report["bytes"], report["series"]
    return (
        f"{series} series with {report['samples']} samples: {size} bytes in {requests} "
        f"{'request' if requests == 1 else 'requests'}, {size / series:.0f} bytes a series; "
        f"answered {report['statusCode']} after {report['durationMillis']} ms."
    )


def _told(rows: Sequence[Row], number: int) -> str:
    wrong = [str(row) for row in rows if row.problem is not None]
    agreeing = f"report {number}: {len(rows) - len(wrong)} of {SERIES} series agree"
    return "; ".join([agreeing, *wrong])
