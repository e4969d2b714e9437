"""The file that `kubectl telemetry bundle` writes."""

import io
import json
import subprocess
import tarfile
from copy import deepcopy
from pathlib import Path

import pytest

from microshift_telemetry_cli.bundle import Entry, archive, contents
from microshift_telemetry_cli.bundle_parts import Part, check_part, history_part, parts
from tests.support.go_toolchain import REPOSITORY
from tests.unit.plugin.fake_kubectl import fake_kubectl
from tests.unit.plugin.fake_operator import operator, run
from tests.unit.plugin.history_scenes import HISTORIES
from tests.unit.plugin.scenes import NOON, a_body

PAGE = (REPOSITORY / "docs" / "plugin.md").read_text()
OLDER = (404, "404: Not Found")
ENTRIES = [
    Entry(Part("log.txt", "the log", ()), "one line\n"),
    Entry(Part("pods.json", "its pods", ()), "Forbidden", is_missing=True),
]


def test_what_is_missing_is_listed_with_the_reason() -> None:
    assert contents(ENTRIES)[-4:] == [
        "log.txt",
        "    the log (9 bytes)",
        "pods.json",
        "    its pods (missing: Forbidden)",
    ]


def test_everything_lies_in_one_directory_for_its_owner_alone() -> None:
    packed = archive("case", NOON, ENTRIES, contents(ENTRIES))

    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        found = {each.name: (each.mode, each.mtime) for each in tar.getmembers()}
    assert set(found) == {"case/contents.txt", "case/log.txt"}
    assert set(found.values()) == {(0o600, int(NOON.timestamp()))}


def test_no_part_asks_for_secrets_or_config_maps() -> None:
    for part in parts("microshift-telemetry"):
        words = " ".join(part.arguments).lower()
        assert ("secret" in words, "configmap" in words) == (False, False)


def test_of_a_log_the_end_is_taken() -> None:
    """kubectl's limit of bytes alone cuts the end off, with the fault in it."""
    logs = [each.arguments for each in parts("x") if each.file.startswith("log")]

    assert [arguments.count("--tail=30000") for arguments in logs] == [1, 1]
    assert "the last 30,000 lines of its log" in PAGE


def test_every_part_is_on_the_page() -> None:
    looks = [check_part("NAME"), history_part("NAME")]

    assert [each.file for each in [*parts("x"), *looks] if f"`{each.file}`" not in PAGE] == []


@pytest.mark.parametrize(
    ("answer", "code"),
    [((200, "ok: every hop is well\n"), 0), (OLDER, 0), ((500, "a bug"), 1)],
    ids=["well", "older", "failed"],
)
def test_a_check_that_can_not_be_made_counts_but_for_an_older_operator(
    answer: tuple[int, str], code: int, tmp_path: Path
) -> None:
    with operator(*answer, history=OLDER) as (port, _):
        said = bundled(tmp_path, forwarding(port))

    assert (said.returncode, "check-cluster.txt" in said.stdout) == (code, True)


@pytest.mark.parametrize(
    ("answer", "code", "listed"),
    [
        (OLDER, 0, "missing: this operator's version has no history: it is older than the plugin"),
        ((503, "the journal can't be read\n"), 1, "missing: the journal can't be read"),
        ((200, "no JSON"), 1, "missing: the operator's answer is no JSON"),
    ],
    ids=["older", "unread", "strange"],
)
def test_a_history_that_can_not_be_read_counts_but_for_an_older_operator(
    answer: tuple[int, str], code: int, listed: str, tmp_path: Path
) -> None:
    with operator(200, "ok: every hop is well\n", history=answer) as (port, _):
        said = bundled(tmp_path, forwarding(port))

    assert said.returncode == code
    assert f"history-cluster.json the last reports to cluster, every sample ({listed}" in " ".join(
        said.stdout.split()
    )


def test_the_history_is_in_it_without_a_credential(tmp_path: Path) -> None:
    history = deepcopy(HISTORIES["well"])
    for report in history["reports"]:
        report["requests"][0]["url"] += "?key=a canary"
    with operator(200, "ok\n", history=(200, json.dumps(history))) as (port, asked):
        said = bundled(tmp_path, forwarding(port))

    with tarfile.open(tmp_path / "case.tar.gz") as tar:
        [kept] = [each for each in tar.getmembers() if each.name.endswith("history-cluster.json")]
        file = tar.extractfile(kept)
        assert file is not None
        text = file.read().decode()
    assert (said.returncode, "canary" in text) == (0, False)
    assert json.loads(text.replace("?(hidden)", "")) == HISTORIES["well"]
    assert ("/history?name=cluster", "application/json") in asked


def test_a_check_that_is_forbidden_counts(tmp_path: Path) -> None:
    assert bundled(tmp_path, 'echo "Forbidden" >&2; exit 1').returncode == 1


def forwarding(port: int) -> str:
    return f'echo "Forwarding from 127.0.0.1:{port} -> 8081"; exec sleep 9'


def bundled(directory: Path, port_forward: str) -> "subprocess.CompletedProcess[str]":
    """Make one where all but the check is there."""
    (directory / "list.json").write_text(json.dumps({"items": [a_body()]}))
    forward = f'[ "$1" = port-forward ] && {{ {port_forward}; }}'
    fake_kubectl(directory, f'{forward}\ncat "$here/list.json"')
    return run(directory, "bundle", f"--file={directory}/case.tar.gz")
