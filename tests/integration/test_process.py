"""The children of a test run: ready in time or an error that explains, and gone afterwards."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.process import ManagedProcess, ProcessError, free_port
from tests.support.waiting import wait_for

IGNORES_SIGTERM = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
SAYS_READY = "print('ready', flush=True); time.sleep(60)"


def _is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_a_process_that_exits_before_it_is_ready_shows_the_end_of_its_log(tmp_path: Path) -> None:
    program = "print('no such flag'); raise SystemExit(3)"
    with (
        ManagedProcess("server", [sys.executable, "-c", program], tmp_path / "log") as process,
        pytest.raises(ProcessError, match=r"(?s)server exited with 3 .*no such flag"),
    ):
        process.wait_until(lambda: False, seconds=30)


def test_a_process_that_is_never_ready_is_given_up_and_stopped(tmp_path: Path) -> None:
    process = ManagedProcess("server", ["sleep", "60"], tmp_path / "log")

    with pytest.raises(ProcessError, match=r"server was not ready after 0\.1 s"):
        process.started_when(lambda: False, seconds=0.1)

    assert process.exit_code == -signal.SIGTERM


def test_a_process_that_ignores_sigterm_is_killed_after_its_grace(tmp_path: Path) -> None:
    program = IGNORES_SIGTERM + SAYS_READY
    process = ManagedProcess("server", [sys.executable, "-c", program], tmp_path / "log")
    process.wait_until(lambda: "ready" in process.log(), seconds=30)

    seconds = process.stop(grace_seconds=0.3)

    assert 0.3 <= seconds < 5
    assert process.exit_code == -signal.SIGKILL


def test_the_log_of_a_start_does_not_show_an_earlier_start(tmp_path: Path) -> None:
    log_file = tmp_path / "log"
    ManagedProcess("first", ["echo", "first"], log_file).wait(30)
    second = ManagedProcess("second", ["echo", "second"], log_file)
    second.wait(30)

    assert second.log() == "second\n"
    assert log_file.read_text() == "first\nsecond\n"


def test_a_killed_test_run_leaves_no_child_behind(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path\n"
        "from tests.support.process import ManagedProcess\n"
        "process = ManagedProcess('sleep', ['sleep', '600'], Path(sys.argv[1]))\n"
        "print(process.pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, tmp_path / "log"], stdout=subprocess.PIPE, text=True
    ) as test_run:
        assert test_run.stdout is not None
        child = int(test_run.stdout.readline())
        wait_for("the child runs", lambda: _command_of(child) == "sleep", seconds=30)

        test_run.kill()

    wait_for("the child ends", lambda: not _is_running(child), seconds=10)


def _command_of(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text().strip()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_free_port_can_be_listened_on(host: str) -> None:
    family = socket.AF_INET6 if host == "::1" else socket.AF_INET
    with socket.create_server((host, free_port(host)), family=family) as server:
        assert server.getsockname()[0] == host
