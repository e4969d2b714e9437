"""The cache of built tools: whole or not there, and each built by one process only."""

import fcntl
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.go_module import GoModule, built
from tests.support.go_toolchain import GoError
from tests.support.tools import NODE_EXPORTER
from tests.support.waiting import wait_for

UNBUILDABLE: GoModule = replace(NODE_EXPORTER, packages={"nothing": "example.com/not/there"})


def test_a_failed_build_says_why_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(GoError, match=r"(?s)go build ended with 1:.*example\.com/not/there"):
        built(UNBUILDABLE, tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == [f"{UNBUILDABLE.key}.lock"]


def test_a_second_builder_waits_and_takes_what_the_first_built(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    found: list[Path] = []
    said: list[str] = []

    def says_that_it_waits() -> bool:
        said.append(capfd.readouterr().err)
        return "another process builds it" in "".join(said)

    with (tmp_path / f"{UNBUILDABLE.key}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        second = threading.Thread(target=lambda: found.append(built(UNBUILDABLE, tmp_path)))
        second.start()
        wait_for("the second builder waits", says_that_it_waits, seconds=10)
        (tmp_path / UNBUILDABLE.key).mkdir()
    second.join(10)

    assert found == [tmp_path / UNBUILDABLE.key]
