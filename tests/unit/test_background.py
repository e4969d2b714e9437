"""Work beside the event loop: real threads, and reads that really hang."""

import asyncio
import os
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import pytest

from microshift_telemetry.background import (
    NoThreadError,
    Questions,
    SilenceError,
    at_once,
    in_thread,
)
from microshift_telemetry.buffer import worker as worker_module
from microshift_telemetry.buffer.worker import Worker


class Fifo:
    """A place from which nothing comes: whoever opens it hangs in the kernel until `feed`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        os.mkfifo(path)

    def read(self) -> bytes:
        return self._path.read_bytes()

    def feed(self) -> None:
        self._path.write_bytes(b"at last")


@pytest.fixture
def fifo(tmp_path: Path) -> Fifo:
    return Fifo(tmp_path / "fifo")


def still_alive(before: set[threading.Thread], seconds: float) -> int:
    """Count the threads that have begun since and don't end within the given time."""
    begun = set(threading.enumerate()) - before
    for thread in begun:
        thread.join(seconds)
    return sum(thread.is_alive() for thread in begun)


async def test_a_place_that_hangs_costs_one_thread_and_its_own_answers(fifo: Fifo) -> None:
    questions, before = Questions(in_thread), set(threading.enumerate())

    with pytest.raises(SilenceError, match=r"^/dead: no answer within 0\.05 s$"):
        await questions.ask("/dead", fifo.read, 0.05)
    for _ in range(20):
        with pytest.raises(SilenceError, match=r"^/dead: still no answer$"):
            await questions.ask("/dead", fifo.read, 60)
        assert await questions.ask("/well", lambda: 7, 60) == 7
    assert still_alive(before, 0.1) == 1

    fifo.feed()
    assert still_alive(before, 10) == 0
    await asyncio.sleep(0)
    assert await questions.ask("/dead", lambda: 8, 60) == 8


async def test_a_question_that_is_cancelled_stays_open_until_it_is_answered(fifo: Fifo) -> None:
    questions = Questions(in_thread)
    asked = asyncio.create_task(questions.ask("/dead", fifo.read, 60))
    await asyncio.sleep(0.01)

    asked.cancel()

    with pytest.raises(SilenceError, match="still no answer"):
        await questions.ask("/dead", fifo.read, 60)
    assert await questions.ask("/well", lambda: 7, 60) == 7
    fifo.feed()


@pytest.mark.parametrize("run", [in_thread, at_once])
async def test_what_a_job_raises_comes_to_who_asked(run: object) -> None:
    assert run in {in_thread, at_once}
    questions = Questions(in_thread if run is in_thread else at_once)

    with pytest.raises(ZeroDivisionError):
        await questions.ask("/here", lambda: 1 / 0, 60)


async def test_jobs_of_a_worker_keep_their_order_while_one_hangs(fifo: Fifo) -> None:
    worker, heard, is_over = Worker("/disk", in_thread), list[object](), asyncio.Event()
    worker.submit(fifo.read, heard.append)
    for number in range(5):
        worker.submit(partial(int, number), heard.append)
    worker.submit(lambda: None, lambda _: is_over.set())

    assert not await worker.is_idle(0.05)
    assert not await worker.is_idle(60)
    assert heard == []
    fifo.feed()
    await is_over.wait()
    assert await worker.is_idle(60)
    assert heard == [b"at last", 0, 1, 2, 3, 4]


async def test_a_worker_that_is_asked_gives_what_the_job_gives_or_raises() -> None:
    worker = Worker("/disk", in_thread)

    assert await worker.ask(lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        await worker.ask(lambda: 1 / 0)
    assert await worker.is_idle()


async def test_a_worker_that_hangs_is_asked_once_and_says_so_until_it_goes_on(
    fifo: Fifo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "ANSWER_SECONDS", 0.05)
    worker, begun = Worker("/disk", in_thread), list[str]()

    def job() -> None:
        begun.append("once")
        fifo.read()

    for _ in range(3):
        with pytest.raises(SilenceError, match=r"^/disk: no answer within 0\.05 s$"):
            await worker.ask(job)
    is_over = asyncio.Event()
    worker.submit(lambda: None, lambda _: is_over.set())
    fifo.feed()
    await is_over.wait()

    assert begun == ["once"]
    assert await worker.ask(lambda: 8) == 8


async def test_a_bug_in_a_job_is_a_failure_to_who_hears_and_raised_in_the_tick_that_waits() -> None:
    worker, heard = Worker("/disk", at_once), list[object]()

    worker.submit(lambda: 1 / 0, heard.append)

    assert [str(each) for each in heard] == ["/disk: internal error (ZeroDivisionError)"]
    with pytest.raises(ZeroDivisionError):
        await worker.is_idle()
    assert await worker.is_idle()


async def test_without_a_thread_to_have_the_job_fails_and_the_next_one_is_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    worker, heard = Worker("/disk", in_thread), list[object]()
    with monkeypatch.context() as poor:
        poor.setattr(threading.Thread, "start", _refused)
        worker.submit(lambda: 1, heard.append)
    worker.submit(lambda: 2, heard.append)

    assert await worker.is_idle(60)
    assert isinstance(heard[0], NoThreadError)
    assert heard[1:] == [2]


def _refused(_thread: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")


def test_a_job_that_hangs_does_not_hold_up_the_end_of_the_process(tmp_path: Path) -> None:
    Fifo(tmp_path / "another")
    program = (
        "import asyncio; from microshift_telemetry.background import in_thread\n"
        f"async def ask(): in_thread(lambda: open({str(tmp_path / 'another')!r}), print)\n"
        "asyncio.run(ask()); print('over')"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=30)

    assert (done.returncode, done.stdout, done.stderr) == (0, b"over\n", b"")
