"""What the page on events promises, word for word."""

import re
from typing import Any

import pytest

from tests.support.go_toolchain import REPOSITORY
from tests.unit.status.statuses import (
    DELIVERED,
    EARLIER,
    HERE,
    LATER,
    OFF,
    REFUSED,
    UNREACHABLE,
    a_status,
    events_of,
)


def test_the_page_has_each_message_word_for_word() -> None:
    page = (REPOSITORY / "docs" / "events.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.*) \|$", page, flags=re.MULTILINE)
    off = a_status(OFF, generation=2, effective={"status": "Disabled"})
    there = a_status(DELIVERED, effective=HERE | {"endpoint": "https://there.example/write"})
    lost = a_status(DELIVERED, droppedSamples=24, lastLoss=REFUSED)
    before = a_status(DELIVERED, pendingSamples=60)

    told = [event for after in (there, lost, off) for event in events_of(before, after)]

    assert [row[:2] for row in rows] == [(event.reason, event.type) for event in told]
    for (_, _, message), event in zip(rows, told, strict=True):
        pattern = re.sub(r"\\{\w+\\}", ".+", re.escape(message))
        assert re.fullmatch(pattern, event.message)


@pytest.mark.parametrize(
    ("earlier", "ending"),
    [({"lastReportTime": EARLIER}, f"since {EARLIER}"), ({}, "ever")],
    ids=["again", "first"],
)
def test_the_page_has_the_end_of_a_delivery_word_for_word(
    earlier: dict[str, Any], ending: str
) -> None:
    page = " ".join((REPOSITORY / "docs" / "events.md").read_text().split())
    after = a_status(DELIVERED, lastReportTime=LATER, lastReport={"samples": 16})

    [told] = events_of(a_status(UNREACHABLE, **earlier), after)

    said = (
        told.message.removeprefix(DELIVERED[1]).replace(EARLIER, "{time}").replace("16", "{count}")
    )
    assert said == f"; first delivery {ending.replace(EARLIER, '{time}')}: {{count}} samples"
    assert f"`{said}`" in page
