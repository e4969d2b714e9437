"""What `kubectl telemetry check` makes of the operator's answers, and of none."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from microshift_telemetry_cli.check import coloured
from microshift_telemetry_cli.style import Style
from tests.unit.plugin.fake_kubectl import fake_kubectl
from tests.unit.plugin.fake_operator import ask, operator, run

BROKEN = """\
failed: TLS: the receiver's certificate has expired
  -> renew it

ok           DNS               receiver.example: 192.0.2.7
warning      clock             2 s off
failed       TLS               the receiver's certificate has expired
not reached  receiver
"""
WELL = "ok: every hop from cluster to its receiver works\n"
AS_JSON = json.dumps({"name": "cluster", "verdict": "failed", "finding": {}, "hops": []})


@pytest.mark.parametrize(("text", "code"), [(BROKEN, 1), (WELL, 0)], ids=["failed", "ok"])
def test_the_finding_comes_first_and_is_the_exit_code(text: str, code: int, tmp_path: Path) -> None:
    with operator(200, text) as (port, asked):
        said = ask(tmp_path, port, "check", "plant")

    assert (said.returncode, said.stdout, said.stderr) == (code, text, "")
    assert asked == [("/check?name=plant", "text/plain")]


@pytest.mark.parametrize(("form", "read"), [("json", json.loads), ("yaml", yaml.safe_load)])
def test_a_program_gets_what_the_operator_says(form: str, read: Any, tmp_path: Path) -> None:
    with operator(200, AS_JSON) as (port, asked):
        said = ask(tmp_path, port, "check", "-o", form)

    assert (said.returncode, read(said.stdout)) == (1, json.loads(AS_JSON))
    assert asked == [("/check?name=cluster", "application/json")]


@pytest.mark.parametrize(
    ("status", "text", "words"),
    [
        (
            404,
            "404: Not Found",
            "this operator's version has no check: it is older than the plugin",
        ),
        (404, "TelemetryConfig x not found; existing ones: cluster\n", "existing ones: cluster"),
        (429, "another check is under way\n", "another check is under way"),
        (500, "", "the operator answers 500 to /check"),
    ],
    ids=["old", "unknown", "busy", "bug"],
)
def test_without_an_answer_it_ends_with_2(
    status: int, text: str, words: str, tmp_path: Path
) -> None:
    with operator(status, text) as (port, _):
        said = ask(tmp_path, port, "check")

    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr.startswith("kubectl telemetry: ")
    assert words in said.stderr


def test_an_operator_that_does_not_run_is_the_finding(tmp_path: Path) -> None:
    fake_kubectl(
        tmp_path,
        '[ "$1" = port-forward ] && { echo "error: pod is not running" >&2; exit 1; }\n'
        "echo '{\"items\": []}'",
    )

    said, as_json = run(tmp_path, "check"), run(tmp_path, "check", "-ojson")

    assert (said.returncode, as_json.returncode) == (1, 1)
    assert said.stdout.splitlines()[0] == (
        "failed: operator: not running: no pod in namespace microshift-telemetry"
    )
    finding = json.loads(as_json.stdout)["finding"]
    assert (finding["hop"], finding["remedy"]) == (
        "operator",
        "kubectl describe deployment,pods --namespace=microshift-telemetry",
    )


def test_who_may_not_forward_a_port_hears_it_from_kubectl(tmp_path: Path) -> None:
    fake_kubectl(tmp_path, 'echo "Error from server (Forbidden): pods" >&2; exit 1')

    said = run(tmp_path, "check")

    assert (said.returncode, said.stdout) == (2, "")
    assert "Error from server (Forbidden): pods" in said.stderr


def test_verdicts_have_colours_and_no_other_word_has() -> None:
    lines = coloured(BROKEN, Style(has_colours=True))

    assert lines[0].startswith("\x1b[1;31mfailed\x1b[0m: TLS")
    assert lines[3].startswith("\x1b[32mok\x1b[0m           DNS")
    assert [line for line in lines if "\x1b" in line and line[0] != "\x1b"] == []
    assert coloured(BROKEN, Style()) == BROKEN.splitlines()
