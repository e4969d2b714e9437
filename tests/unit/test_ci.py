"""`.ci/run` itself, with the real make and targets that end at once."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.support.go_toolchain import REPOSITORY

FIRST = ("test-installs", "lint", "setup", "tools")
LAST = ("search", "test-receivers", "test-scale", "fleet-demo", "docs", "bench-smoke")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """One whose targets pass, on a machine that lacks nothing but what image and node take."""
    (tmp_path / ".ci").mkdir()
    shutil.copy(REPOSITORY / ".ci" / "run", tmp_path / ".ci" / "run")
    lay_program(tmp_path / ".venv" / "bin" / "python", '[ "$3" = --packages ] || exit 1')
    for program in ("rpmbuild", "gpg", "skopeo", "jq", "buildah"):
        lay_program(tmp_path / "bin" / program, "")
    (tmp_path / "Makefile").write_text("%:\n\t@echo made $@\n")
    return tmp_path


def lay_program(file: Path, script: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


def run(checkout: Path) -> "CompletedProcess[str]":
    path = f"{checkout / 'bin'}:{os.environ['PATH']}"  # noqa: TID251  # handed on
    return subprocess.run(
        [checkout / ".ci" / "run"],
        env={"PATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def table(ended: "CompletedProcess[str]") -> list[str]:
    """Give the lines after the last empty one, with single spaces."""
    return [
        re.sub(r"\d+ min \d\d s", "TIME", " ".join(line.split()))
        for line in ended.stdout.rpartition("\n\n")[2].splitlines()
    ]


def passed(*targets: str) -> list[str]:
    return [f"make {target} passed TIME" for target in targets]


def test_it_ends_with_the_minutes_of_each_step_and_what_was_not_run(checkout: Path) -> None:
    ended = run(checkout)

    assert ended.returncode == 0, ended.stderr
    assert table(ended) == [
        *passed(*FIRST),
        "make test-node NOT RUN, for what is said above",
        *passed("test", *LAST),
        "make test-image NOT RUN, for what is said above",
    ]


def test_it_runs_image_and_node_where_nothing_is_missing(checkout: Path) -> None:
    lay_program(checkout / ".venv" / "bin" / "python", "")

    ended = run(checkout)

    assert table(ended) == passed(*FIRST, "test", "test-node", *LAST, "test-image")
    assert "made test-node" in ended.stdout


def test_it_stops_at_the_step_that_fails_and_says_which(checkout: Path) -> None:
    fail(checkout, "lint")

    ended = run(checkout)

    assert ended.returncode == 2
    assert table(ended) == [*passed("test-installs"), "make lint FAILED TIME"]


def test_the_step_beside_the_others_is_waited_for_when_one_of_them_fails(checkout: Path) -> None:
    lay_program(checkout / ".venv" / "bin" / "python", "")
    fail(checkout, "test")

    ended = run(checkout)

    assert ended.returncode == 2
    assert table(ended) == [
        *passed(*FIRST),
        "make test FAILED TIME",
        *passed("test-node"),
    ]


def test_it_fails_by_the_step_beside_the_others_and_shows_what_that_has_said(
    checkout: Path,
) -> None:
    lay_program(checkout / ".venv" / "bin" / "python", "")
    fail(checkout, "test-node")

    ended = run(checkout)

    assert ended.returncode != 0
    assert table(ended) == [*passed(*FIRST, "test"), "make test-node FAILED TIME"]
    assert "made half of test-node" in ended.stdout


def fail(checkout: Path, target: str) -> None:
    with (checkout / "Makefile").open("a") as makefile:
        makefile.write(f"{target}:\n\t@echo made half of $@; exit 3\n")
