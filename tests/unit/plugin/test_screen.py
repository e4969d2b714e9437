"""The screens of `kubectl telemetry status`, word for word, and what they come to."""

from dataclasses import replace
from datetime import timedelta

import pytest

from microshift_telemetry.controller.clock_witness import difference
from microshift_telemetry_cli.destination import destination_from
from microshift_telemetry_cli.pods import Operator
from microshift_telemetry_cli.screen import Scene, document, finding, screen
from microshift_telemetry_cli.style import Style
from tests.support.fences import all_fences
from tests.unit.plugin.draw import GOLDEN, drawn
from tests.unit.plugin.scenes import CRASHES, NOON, RUNS, SCENES, a_body, a_destination, ago

NOT_WELL = {"unauthorized", "crashing", "two", "untouched", "bare"}


def shown(name: str, style: Style | None = None) -> str:
    return "".join(f"{line}\n" for line in screen(SCENES[name], NOON, style or Style()))


@pytest.mark.parametrize("name", SCENES)
def test_each_device_has_its_screen(name: str) -> None:
    """To see all of a change at once: `python -m tests.unit.plugin.draw` draws them anew."""
    assert shown(name) == (GOLDEN / f"{name}.txt").read_text()


def test_every_screen_is_of_a_device() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(SCENES)


@pytest.mark.parametrize("name", SCENES)
def test_a_screen_is_80_columns_wide(name: str) -> None:
    assert [line for line in shown(name).splitlines() if len(line) > 80] == []


@pytest.mark.parametrize("name", SCENES)
def test_it_ends_with_1_where_something_is_to_be_done(name: str) -> None:
    assert SCENES[name].exit_code == (1 if name in NOT_WELL else 0)


def test_colours_change_no_word() -> None:
    coloured = shown("two", Style(has_colours=True))

    for code in ("0", "1", "32", "33", "1;31"):
        coloured = coloured.replace(f"\x1b[{code}m", "")
    assert coloured == shown("two")


@pytest.mark.parametrize("command", ["status", "history", "preview --diff"])
def test_what_a_page_shows_of_it_is_what_is_drawn(command: str) -> None:
    on_pages = [
        fence.text.partition("\n")[2]
        for fence in all_fences("console")
        if fence.text.startswith(f"$ kubectl telemetry {command}\n")
    ]

    assert on_pages
    assert set(on_pages) <= set(drawn(Style()).values())


def test_a_token_in_the_query_of_an_endpoint_is_not_shown() -> None:
    body = a_body(effective={"endpoint": "https://receiver.example/write?token=sesame"})

    text = "\n".join(screen(Scene(RUNS, [destination_from(body)]), NOON, Style()))

    assert ("https://receiver.example/write" in text, "sesame" in text) == (True, False)


@pytest.mark.parametrize(
    ("protocol", "shown"), [("TelemeterUpload", ["TelemeterUpload"]), ("RemoteWrite", []), (7, [])]
)
def test_a_protocol_is_shown_where_it_is_not_the_usual_one(
    protocol: object, shown: list[str]
) -> None:
    body = a_body(effective={"endpoint": "https://telemeter.example", "protocol": protocol})

    lines = [line.split() for line in screen(Scene(RUNS, [destination_from(body)]), NOON, Style())]

    assert [line[1] for line in lines if line[:1] == ["protocol"]] == shown


@pytest.mark.parametrize("name", ["well", "unauthorized", "off"])
def test_before_an_edit_is_seen_nothing_is_claimed(name: str) -> None:
    """What the conditions say is about the spec before."""
    [before] = SCENES[name].destinations
    edited = replace(before, generation=before.generation + 1, is_enabled=True)
    scene = Scene(CRASHES, [edited])

    assert finding(edited) == "unknown: the operator has not yet seen the last edit"
    assert "last known" not in "\n".join(screen(scene, NOON, Style()))
    assert Scene(RUNS, [edited]).exit_code == 0


def test_a_report_that_is_late_says_so() -> None:
    scene = Scene(RUNS, [destination_from(a_body(nextReportTime=ago(hours=3)))])

    assert "next report   was due 3 h ago, 2026-11-21 09:00 UTC" in "\n".join(
        screen(scene, NOON, Style())
    )


@pytest.mark.parametrize("minutes", [-60 * 24 * 5, -180, -30, 30, 95], ids=str)
def test_a_clock_that_differs_from_the_receivers_is_told(minutes: int) -> None:
    said = difference(timedelta(minutes=minutes))
    offset = said.removeprefix("the device's clock is ")
    reporting = ("True", "ReportDelivered", f"accepted by the receiver; {said}")

    lines = screen(Scene(RUNS, [a_destination("cluster", "True", reporting)]), NOON, Style())

    assert f"  clock         {offset}" in lines


def test_what_began_after_now_has_lasted_for_no_time() -> None:
    """The clock of the caller's machine is behind the device's."""
    scene = Scene(Operator(is_running=True, detail=ago(minutes=-3)), [a_destination()])

    assert screen(scene, NOON, Style())[0] == "operator 0.1.0: running for 0 s"


@pytest.mark.parametrize(
    "strange",
    [
        {},
        {"metadata": None, "spec": None, "status": None},
        {"status": {"conditions": [None, {"type": 7}], "lastReport": [], "pendingSamples": "many"}},
        {"status": {"nextReportTime": "tomorrow", "lastReportTime": 5, "effective": "all"}},
        {"status": {"lastReportTime": "9999999-01-01T00:00:00Z", "droppedSamples": 2}},
    ],
    ids=["empty", "null", "kinds", "times", "loss"],
)
def test_a_strange_object_is_shown_all_the_same(strange: dict[str, object]) -> None:
    destination = destination_from(strange)

    assert screen(Scene(RUNS, [destination]), NOON, Style())
    assert finding(destination)


def test_for_a_program_there_is_the_status_itself() -> None:
    [shown_destination] = document(SCENES["well"])["destinations"]

    assert shown_destination["finding"] == "works"
    assert shown_destination["status"] == a_body()["status"]
