"""What an opt-out says that it has done, and an opt-in."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from microshift_telemetry.buffer.removal import Removal
from microshift_telemetry.controller.overview import SAMPLING_DISABLED
from microshift_telemetry_cli.switch import farewell
from tests.unit.plugin.fake_kubectl import fake_kubectl
from tests.unit.plugin.scenes import OFF, a_body, a_destination


def _note() -> str:
    removal = Removal("cluster", "uid", None)
    removal.say("/var/lib/x: read-only file system")
    return removal.note


NOTE = _note()
IS_OFF = "cluster is off: no samples are taken and no reports are sent"


def off(message: str) -> list[str]:
    sampling = ("False", "Disabled", message)
    return farewell(
        a_destination(), a_destination("cluster", "True", OFF, sampling, pendingSamples=0)
    )


def test_what_was_waiting_is_deleted() -> None:
    assert off(SAMPLING_DISABLED.message) == [
        IS_OFF,
        "deleted: 60 samples not sent yet",
    ]


def test_what_a_disk_does_not_let_go_is_told_once() -> None:
    """The operator adds it, and tries again."""
    assert off(f"{SAMPLING_DISABLED.message}; {NOTE}") == [IS_OFF, NOTE]
    assert NOTE.count("not deleted") == 1


def test_where_nothing_waits_nothing_is_deleted() -> None:
    nothing = {"pendingSamples": 0}

    assert farewell(a_destination(**nothing), a_destination("cluster", "True", OFF, **nothing)) == [
        IS_OFF,
        "no samples were waiting, so none were deleted",
    ]


def an_object(sampling: str, *, generation: int = 2, seen: int = 2, **more: Any) -> dict[str, Any]:
    """Make one that is off, of which the operator has seen a generation."""
    said = ("False", "Disabled", sampling)
    body = a_body("cluster", "True", OFF, said, observedGeneration=seen, **more)
    return body | {"metadata": {"name": "cluster", "generation": generation}}


def call(directory: Path, command: str, now: Any, patched: Any, then: Any) -> tuple[int, str, str]:
    """Call the plugin beside a kubectl that gives these objects; the last one is watched."""
    answers = {"get": {"items": [now]}, "patch": patched}
    for name, answer in (*answers.items(), ("watch", {"type": "MODIFIED", "object": then})):
        (directory / name).write_text(json.dumps(answer))
    fake_kubectl(
        directory,
        'case "$*" in *--watch*) cat "$here/watch"; exec sleep 60;; esac; exec cat "$here/$1"',
    )
    said = subprocess.run(
        [sys.executable, "-m", "microshift_telemetry_cli", command],
        env={"PATH": f"{directory}:/usr/bin:/bin"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return said.returncode, said.stdout, said.stderr


GONE = an_object(SAMPLING_DISABLED.message, generation=3, seen=3, pendingSamples=0)


@pytest.mark.parametrize(
    ("left", "code", "words"),
    [
        ({"pendingSamples": 0}, 0, "deleted: 60 samples not sent yet"),
        ({"pendingSamples": 7}, 1, "not deleted yet: 7 samples"),
        ({"sampling": f"{SAMPLING_DISABLED.message}; {NOTE}", "pendingSamples": 0}, 1, NOTE),
    ],
    ids=["gone", "waiting", "disk"],
)
def test_an_opt_out_ends_well_where_nothing_is_left(
    left: Any, code: int, words: str, tmp_path: Path
) -> None:
    """With a disk that does not obey nothing waits, and all is still there."""
    left = {"sampling": SAMPLING_DISABLED.message, "generation": 3, "seen": 3, **left}
    off = an_object(**left)

    ended, said, _ = call(tmp_path, "disable", a_body(), off, off)

    assert (ended, said.splitlines()) == (code, [IS_OFF, words])


def test_an_opt_out_that_the_operator_has_not_seen_is_waited_for(tmp_path: Path) -> None:
    """One that was interrupted, or made by another."""
    unseen = an_object(SAMPLING_DISABLED.message, generation=3, seen=2)

    ended, said, _ = call(tmp_path, "disable", unseen, None, GONE)

    assert (ended, said.splitlines()[0]) == (0, IS_OFF)


def test_what_an_earlier_opt_out_left_is_told_again(tmp_path: Path) -> None:
    left = an_object(f"{SAMPLING_DISABLED.message}; {NOTE}", pendingSamples=0)

    assert call(tmp_path, "disable", left, None, None)[:2] == (
        1,
        f"cluster is already off\n{NOTE}\n",
    )


def test_an_opt_in_that_the_operator_has_not_seen_is_waited_for(tmp_path: Path) -> None:
    unseen = a_body(observedGeneration=1)

    ended, said, _ = call(tmp_path, "enable", unseen, None, a_body())

    assert (ended, said.splitlines()[0][:33]) == (0, "cluster is on: samples are taken;")


@pytest.mark.parametrize(("command", "state"), [("enable", "on"), ("disable", "off")])
def test_what_is_so_already_is_left_alone(command: str, state: str, tmp_path: Path) -> None:
    now = {
        "on": a_body(),
        "off": an_object(SAMPLING_DISABLED.message, pendingSamples=0),
    }[state]

    assert call(tmp_path, command, now, None, None) == (0, f"cluster is already {state}\n", "")
