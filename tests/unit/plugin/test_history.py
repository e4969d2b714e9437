"""The screens of `kubectl telemetry history`, and what it makes of the operator's answers."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from microshift_telemetry_cli.history_screen import history_screen
from microshift_telemetry_cli.reports import answers
from microshift_telemetry_cli.style import Style
from tests.unit.plugin.draw import GOLDEN, drawn
from tests.unit.plugin.fake_kubectl import fake_kubectl
from tests.unit.plugin.fake_operator import ask, operator, run
from tests.unit.plugin.history_scenes import CPU, HISTORIES, LAST, a_history, a_request
from tests.unit.plugin.scenes import NOON

OLDER = "404: Not Found"
GREEN, RED, YELLOW = "\x1b[32m", "\x1b[1;31m", "\x1b[33m"


@pytest.mark.parametrize("name", [f"history/{name}" for name in HISTORIES])
def test_each_history_has_its_screen(name: str) -> None:
    """`python -m tests.unit.plugin.draw` draws them anew."""
    text = drawn(Style())[name]

    assert text == (GOLDEN / f"{name}.txt").read_text()
    assert [line for line in text.splitlines() if len(line) > 80] == []


def test_every_screen_is_of_a_history() -> None:
    assert {path.stem for path in (GOLDEN / "history").iterdir()} == set(HISTORIES)


@pytest.mark.parametrize(
    ("codes", "said", "colour"),
    [
        ([204, 204], "204 No Content", GREEN),
        ([200], "200 OK", GREEN),
        ([299], "299", GREEN),
        ([401], "401 Unauthorized", RED),
        ([None], "no answer", YELLOW),
        ([503, 204], "503 Service Unavailable (1 request), 204 No Content (1 request)", YELLOW),
    ],
    ids=["all", "ok", "unknown", "refused", "silence", "again"],
)
def test_answers_are_told_in_the_order_of_sending(
    codes: list[int | None], said: str, colour: str
) -> None:
    history = a_history([a_request(CPU, code=code, hours=1) for code in codes])

    shown = history_screen("cluster", history, NOON, Style(has_colours=True))

    assert answers(history["reports"][0]) == said
    assert shown[-1].lstrip().startswith(colour)


def test_why_it_was_not_answered_is_told_where_it_is_known() -> None:
    request = {**a_request(CPU, hours=1), "answer": {"error": "the connection was reset"}}

    assert answers({"requests": [request]}) == "not answered: the connection was reset"


@pytest.mark.parametrize(
    "strange",
    [
        [],
        {},
        {"name": 7, "limit": "all", "note": None, "reports": {}},
        {"reports": [None, {"requests": None}, {"requests": [None, 7]}]},
        {"reports": [{"requests": [{}, {"time": "now", "bytes": "many", "answer": 204}]}]},
        {"reports": [{"requests": [{"series": [{}, {"labels": 1, "samples": [[], [0], 7]}]}]}]},
    ],
    ids=["list", "empty", "kinds", "reports", "requests", "series"],
)
def test_a_strange_history_is_shown_all_the_same(strange: Any) -> None:
    assert history_screen("cluster", strange, NOON, Style())


def test_what_a_terminal_would_obey_is_not_written() -> None:
    history = a_history(LAST, note="a \x1b[2J note")

    assert "\x1b" not in "".join(history_screen("cluster", history, NOON, Style()))


def test_the_operator_is_asked_for_the_history(tmp_path: Path) -> None:
    with operator(200, json.dumps(HISTORIES["well"])) as (port, asked):
        said = ask(tmp_path, port, "history", "plant", "--limit=2")

    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout.startswith("plant: 2 reports; the last 7 are kept\n  2026-11-20T06:48:00Z")
    assert asked == [("/history?name=plant", "application/json")]


@pytest.mark.parametrize(("form", "read"), [("json", json.loads), ("yaml", yaml.safe_load)])
def test_a_program_gets_what_the_operator_says(form: str, read: Any, tmp_path: Path) -> None:
    well = HISTORIES["well"]
    with operator(200, json.dumps(well)) as (port, _):
        said = ask(tmp_path, port, "history", "-o", form)
        cut = ask(tmp_path, port, "history", "-o", form, "--limit", "1")

    assert read(said.stdout) == well
    assert read(cut.stdout) == {**well, "reports": well["reports"][-1:]}


def test_all_of_it_is_the_operators_own_page(tmp_path: Path) -> None:
    text = '# cluster: a report\ncluster_version{version="4.18.3"} 1 1764291600000\n'
    with operator(200, text) as (port, asked):
        said = ask(tmp_path, port, "history", "--full")

    assert (said.returncode, said.stdout, said.stderr) == (0, text, "")
    assert asked == [("/history?name=cluster", "text/plain")]


@pytest.mark.parametrize("flags", [(), ("--full",), ("-ojson",)], ids=["screen", "full", "json"])
@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        (
            (404, "no TelemetryConfig of this name; existing ones: plant\n"),
            2,
            "existing ones: plant",
        ),
        ((404, OLDER), 2, "this operator's version has no history: it is older than the plugin"),
        ((503, "cluster: the history can't be read: I/O error\n"), 1, "I/O error"),
        ((500, ""), 2, "the operator answers 500 to /history"),
    ],
    ids=["unknown", "older", "unread", "bug"],
)
def test_the_exit_code_tells_why_there_is_none(
    flags: tuple[str, ...], answer: tuple[int, str], code: int, said: str, tmp_path: Path
) -> None:
    with operator(*answer) as (port, _):
        told = ask(tmp_path, port, "history", *flags)

    assert (told.returncode, told.stdout) == (code, "")
    assert said in told.stderr
    assert told.stderr.count("\n") == 1


def test_an_operator_that_does_not_run_has_no_history(tmp_path: Path) -> None:
    fake_kubectl(
        tmp_path,
        '[ "$1" = port-forward ] && { echo "error: pod is not running" >&2; exit 1; }\n'
        "echo '{\"items\": []}'",
    )

    said = run(tmp_path, "history")

    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr.startswith("no history: the operator is not running: no pod in namespace")


@pytest.mark.parametrize("flags", [(), ("--full",), ("-oyaml",)], ids=["screen", "full", "yaml"])
def test_a_full_disk_is_told_in_one_line(flags: tuple[str, ...], tmp_path: Path) -> None:
    with (
        operator(200, json.dumps(HISTORIES["well"])) as (port, _),
        Path("/dev/full").open("w") as full,
    ):
        said = ask(tmp_path, port, "history", *flags, stdout=full.fileno())

    told = "kubectl telemetry: standard output can't be written: No space left on device\n"
    assert (said.returncode, said.stderr) == (2, told)
