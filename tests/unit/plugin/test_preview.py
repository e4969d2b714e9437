"""What `kubectl telemetry preview` makes of the operator's answers, and of none."""

from pathlib import Path

import pytest

from tests.unit.plugin.fake_kubectl import fake_kubectl
from tests.unit.plugin.fake_operator import ask, operator, run

JSON = "application/json"


@pytest.mark.parametrize(
    ("status", "text", "code"),
    [
        (200, "# cluster: the next report, as it would be sent now\n", 0),
        (404, "cluster: spec.status is Disabled: nothing is sent\n", 1),
        (503, "cluster: no pass was made yet; status.nextSampleTime says when\n", 1),
        (429, "another dry run is under way; ask again\n", 1),
        (404, "no TelemetryConfig of this name; existing ones: plant\n", 2),
        (500, "", 2),
    ],
    ids=["report", "off", "early", "busy", "unknown", "bug"],
)
def test_the_exit_code_tells_what_there_is_to_preview(
    status: int, text: str, code: int, tmp_path: Path
) -> None:
    with operator(status, text) as (port, asked):
        said = ask(tmp_path, port, "preview")

    assert (said.returncode, asked) == (code, [("/preview?name=cluster", "text/plain")])
    assert text in said.stdout + said.stderr
    assert said.stdout == (text if code == 0 else "")


@pytest.mark.parametrize(("flags", "accept"), [((), "text/plain"), (("-ojson",), JSON)])
def test_a_dry_run_is_asked_for(flags: tuple[str, ...], accept: str, tmp_path: Path) -> None:
    with operator(200, "{}\n") as (port, asked):
        said = ask(tmp_path, port, "preview", "plant", "--dry-run", *flags)

    assert (said.returncode, said.stdout, said.stderr) == (0, "{}\n", "")
    assert asked == [("/preview?name=plant&dry-run=true", accept)]


def test_what_is_no_json_is_told_in_one_line(tmp_path: Path) -> None:
    with operator(200, "# a page\n") as (port, _):
        said = ask(tmp_path, port, "preview", "-ojson")

    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr.startswith("kubectl telemetry: the operator's answer is no JSON: ")
    assert said.stderr.count("\n") == 1


def test_a_page_that_can_not_be_written_is_told_in_one_line(tmp_path: Path) -> None:
    with operator(200, "# a page\n" * 100000) as (port, _), Path("/dev/full").open("w") as full:
        said = ask(tmp_path, port, "preview", stdout=full.fileno())

    told = "kubectl telemetry: standard output can't be written: No space left on device\n"
    assert (said.returncode, said.stderr) == (2, told)


def test_an_operator_that_does_not_run_has_no_preview(tmp_path: Path) -> None:
    fake_kubectl(
        tmp_path,
        '[ "$1" = port-forward ] && { echo "error: pod is not running" >&2; exit 1; }\n'
        "echo '{\"items\": []}'",
    )

    said = run(tmp_path, "preview")

    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr.splitlines() == [
        "no preview: the operator is not running: no pod in namespace",
        "microshift-telemetry",
        "  -> kubectl describe deployment,pods --namespace=microshift-telemetry",
    ]


def test_who_may_not_forward_a_port_gets_no_answer(tmp_path: Path) -> None:
    fake_kubectl(tmp_path, 'echo "Error from server (Forbidden): pods" >&2; exit 1')

    said = run(tmp_path, "preview")

    assert (said.returncode, said.stdout) == (2, "")
    assert "Error from server (Forbidden): pods" in said.stderr
