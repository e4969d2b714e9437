"""What may be written after `kubectl telemetry`, and how it ends."""

import json
import signal
import subprocess
import sys
from argparse import ArgumentTypeError
from pathlib import Path

import pytest

from microshift_telemetry_cli.arguments import COMMANDS, EPILOG, parse, seconds
from microshift_telemetry_cli.completion import complete
from microshift_telemetry_cli.errors import EXIT_CODES
from tests.support.fences import FENCE
from tests.support.go_toolchain import REPOSITORY
from tests.support.waiting import wait_for
from tests.unit.plugin.fake_kubectl import fake_kubectl
from tests.unit.plugin.scenes import a_body

PAGE = (REPOSITORY / "docs" / "plugin.md").read_text()


@pytest.mark.parametrize(
    "line",
    [
        "status --context=edge -n ours",
        "status --context edge --namespace ours",
        "--context=edge -n ours status",
        "--context edge --namespace=ours status",
        "-n ours status --context edge",
    ],
)
def test_flags_of_kubectl_may_stand_before_and_after_the_command(line: str) -> None:
    options = parse(line.split())

    assert (options.command, options.name, options.namespace) == ("status", None, "ours")
    assert options.kubectl_flags == [("context", "edge")]


@pytest.mark.parametrize(
    ("line", "flags"),
    [
        ("status --insecure-skip-tls-verify plant", [("insecure-skip-tls-verify", "true")]),
        ("--insecure-skip-tls-verify status plant", [("insecure-skip-tls-verify", "true")]),
        ("status --insecure-skip-tls-verify=false plant", [("insecure-skip-tls-verify", "false")]),
        ("-s https://h:6443 status plant", [("server", "https://h:6443")]),
        ("status -s=https://h:6443 plant", [("server", "https://h:6443")]),
        ("-v 6 status plant", [("v", "6")]),
        ("-v6 status plant", [("v", "6")]),
        ("status plant --v=6 -v=7", [("v", "6"), ("v", "7")]),
    ],
)
def test_flags_are_written_as_for_kubectl(line: str, flags: list[tuple[str, str]]) -> None:
    options = parse(line.split())

    assert (options.command, options.name, options.kubectl_flags) == ("status", "plant", flags)


def test_a_name_like_a_command_is_a_name() -> None:
    options = parse(["status", "status"])

    assert (options.command, options.name) == ("status", "status")


@pytest.mark.parametrize(
    "line",
    [
        "",
        "weather",
        "status --wait",
        "status --watch -o json",
        "history --limit=0",
        "history --limit=-1",
        "history --limit=few",
        "history --limit=3 --full",
        "history --full -ojson",
        "preview --dry-run=client",
        "send-now --timeout=soon --wait",
        "send-now -o json",
        "send-now --timeout=90s",
        "status \udcff",
        "status -n \udcff",
        "explain \udcff",
        "-x",
        "-n",
    ],
    ids=lambda line: line or "nothing",
)
def test_what_makes_no_sense_ends_with_2(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        parse(line.split())

    assert caught.value.code == 2
    assert "usage: kubectl telemetry" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "expected"), [("90", 90), ("90s", 90), ("1.5m", 90), ("2h", 7200)], ids=str
)
def test_a_duration_has_its_unit(text: str, expected: float) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "m", "-5s", "5 m", "5d", "nan"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ArgumentTypeError):
        seconds(text)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_on_the_page(command: str) -> None:
    assert f"| `{command} [" in PAGE


@pytest.mark.parametrize("command", COMMANDS)
def test_help_fits_80_columns(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        parse([command, "--help"])

    said = capsys.readouterr().out
    assert caught.value.code == 0
    assert [line for line in said.splitlines() if len(line) > 80] == []
    assert "exit codes:" in said


@pytest.mark.parametrize("code", EXIT_CODES)
def test_the_page_and_the_help_tell_the_same_of_an_exit_code(code: int) -> None:
    assert f"\n| {code} | {EXIT_CODES[code]} |\n" in PAGE
    assert f"{code} {EXIT_CODES[code]}" in " ".join(EPILOG.split())


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (
            ["e"],
            ["enable\topt in", "explain\texplain a metric or a reason; works offline"],
        ),
        (["explain", "Dup"], ["DuplicateDestination"]),
        (["send-now", "--t"], ["--token", "--tls-server-name", "--timeout"]),
        (["status", "-o", "j"], ["json"]),
        (["history", "--l"], ["--limit"]),
        (["history", "--limit", ""], []),
        (["preview", "--d"], ["--disable-compression", "--dry-run", "--diff"]),
        (["--context"], []),
        (["status", "--kubeconfig", ""], []),
        ([], [f"{name}\t{text}" for name, text in COMMANDS.items()]),
    ],
    ids=[
        *("command", "word", "flag", "value", "limit", "number", "flags"),
        *("before", "unknown", "nothing"),
    ],
)
def test_words_are_completed(words: list[str], answer: list[str]) -> None:
    assert complete(words) == [*answer, ":4"]


def test_a_cluster_that_does_not_answer_completes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_kubectl(tmp_path, "echo 'error: no route to host' >&2; exit 1")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    assert complete(["status", ""]) == [":4"]


def test_names_are_asked_of_the_cluster_that_is_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_kubectl(tmp_path, 'for each in "$@"; do echo "tcfg/$each"; done')
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    answer = complete(["status", "--context", "edge", "--as=ada", "-o", "json", "--watch", "--c"])

    assert "--context" in answer
    assert {"--context=edge", "--as=ada", "--request-timeout=2s"} <= set(
        complete(["--context", "edge", "--as=ada", "disable", "-y", ""])
    )
    assert {"--server=h", "--insecure-skip-tls-verify=true"} <= set(
        complete(["-s", "h", "disable", "--insecure-skip-tls-verify", ""])
    )


def run(directory: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "microshift_telemetry_cli", *words],
        env={"PATH": f"{directory}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_kubectls_words_follow_a_line_of_ours(tmp_path: Path) -> None:
    fake_kubectl(tmp_path, "echo 'error: context \"edge\" does not exist' >&2; exit 1")

    said = run(tmp_path, "status")

    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr.splitlines() == [
        "kubectl telemetry: kubectl get telemetryconfigs.telemetry.microshift.io failed",
        'error: context "edge" does not exist',
    ]


def test_who_reads_the_first_line_only_hears_no_complaint(tmp_path: Path) -> None:
    bodies = [a_body(f"destination-{number}") for number in range(1000)]
    (tmp_path / "tcfg.json").write_text(json.dumps({"items": bodies}))
    fake_kubectl(tmp_path, '[ "$2" = pods ] && exit 1; exec cat "$here/tcfg.json"')
    module = f"{sys.executable} -m microshift_telemetry_cli"

    said = subprocess.run(
        ["bash", "-c", f"{module} status | head -n 1"],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert (said.stdout, said.stderr) == ("operator 0.1.0: unknown whether it is running\n", "")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("command", ["status", "disable", "explain"])
def test_it_works_without_a_stream(closed: str, command: str, tmp_path: Path) -> None:
    """As some who start services leave them."""
    body = a_body(reporting=("False", "Disabled", "nothing is sent"), pendingSamples=0)
    (tmp_path / "tcfg.json").write_text(json.dumps({"items": [body]}))
    fake_kubectl(tmp_path, '[ "$2" = pods ] && exit 1; exec cat "$here/tcfg.json"')

    said = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m microshift_telemetry_cli {command} {closed}"],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (said.returncode, said.stderr) == (0, "")


@pytest.mark.parametrize("line", ["explain", "explain -ojson", "--version", "__complete e"])
def test_what_can_not_be_written_is_told_in_one_line(line: str, tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        said = subprocess.run(
            [sys.executable, "-m", "microshift_telemetry_cli", *line.split()],
            env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
        )

    assert (said.returncode, said.stderr) == (
        2,
        "kubectl telemetry: standard output can't be written: No space left on device\n",
    )


@pytest.mark.parametrize("line", ["check", "status --watch", "status"])
def test_a_plugin_that_is_terminated_leaves_no_kubectl(line: str, tmp_path: Path) -> None:
    """As `timeout` does."""
    fake_kubectl(tmp_path, 'echo $$ >> "$here/pids"; exec sleep 60')
    pids = tmp_path / "pids"
    plugin = subprocess.Popen(
        [sys.executable, "-m", "microshift_telemetry_cli", *line.split()],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for("kubectl", pids.exists, 30)

    plugin.terminate()
    _, said = plugin.communicate(timeout=30)

    assert (plugin.returncode, said) == (128 + signal.SIGTERM, "")
    assert [pid for pid in pids.read_text().split() if Path("/proc", pid).exists()] == []


def test_the_page_tells_what_the_flags_are_called() -> None:
    named = {
        word.partition("=")[0]
        for fence in FENCE.finditer(PAGE)
        for line in fence["text"].splitlines()
        if "kubectl telemetry" in line
        for word in line.split()
        if word.startswith("--") and "jq" not in line.partition(word)[0]
    }

    known = {flag for command in COMMANDS for flag in complete([command, "--"])}
    assert named <= known
