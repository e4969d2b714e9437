"""Child processes that never outlive the test run, and the ports they listen on."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

from tests.support import die_with_parent
from tests.support.waiting import POLL_SECONDS

PORTS = range(20_000, 32_000)
"""Below the kernel's ephemeral range, so that no outgoing connection takes a stopped server's."""
WORKERS = 4
"""Of pytest-xdist; each picks among ports of its own, and who is none has a share, too."""
_given: deque[int] = deque(maxlen=500)
"""The last ports that were picked: who got one may not listen yet."""
TAIL_LINES = 25


class ProcessError(Exception):
    """A child process did not do what it was started for; the text ends with its log's tail."""


class ManagedProcess:
    """A child process whose output goes to a log file.

    The kernel kills it when the thread that started it ends, so also when a test run is killed. A
    Ctrl-C is not for it: whoever started it ends it in order.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        log_file: Path,
        environment: Mapping[str, str] | None = None,
        *,
        end_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        """Start it; without an `environment` it gets this process' own."""
        self.name = name
        self.log_file = log_file
        self._end_signal = end_signal
        with log_file.open("ab") as log:
            self._log_start = log.tell()
            self._process = subprocess.Popen(
                [sys.executable, "-IS", die_with_parent.__file__, str(os.getpid()), *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                process_group=0,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """`None` while it runs."""
        return self._process.poll()

    def log(self) -> str:
        """What this process, not an earlier one with the same file, has written so far."""
        with self.log_file.open("rb") as log:
            log.seek(self._log_start)
            return log.read().decode("utf-8", errors="replace")

    def wait_until(self, is_ready: Callable[[], bool], seconds: float) -> None:
        """Wait for readiness.

        Raises:
            ProcessError: it exited, or is not ready in time.
        """
        deadline = time.monotonic() + seconds
        while not is_ready():
            if self.exit_code is not None:
                raise self._error(f"exited with {self.exit_code} before it was ready")
            if time.monotonic() > deadline:
                raise self._error(f"was not ready after {seconds:g} s")
            time.sleep(POLL_SECONDS)

    def started_when(self, is_ready: Callable[[], bool], seconds: float) -> Self:
        """Wait for readiness and give the process; one that never is ready is stopped.

        Raises:
            ProcessError: it exited, or is not ready in time.
        """
        try:
            self.wait_until(is_ready, seconds)
        except BaseException:
            self.stop()
            raise
        return self

    def wait(self, seconds: float) -> int:
        """Wait for it to end by itself and tell its exit code.

        Raises:
            ProcessError: it still runs.
        """
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired as error:
            raise self._error(f"still runs after {seconds:g} s") from error

    def stop(self, grace_seconds: float = 10) -> float:
        """End it, by force after the grace, and tell how many seconds that took."""
        began = time.monotonic()
        self._process.send_signal(self._end_signal)
        try:
            self._process.wait(grace_seconds)
        except subprocess.TimeoutExpired:
            self.kill()
        return time.monotonic() - began

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        self._process.kill()
        self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _error(self, what: str) -> ProcessError:
        tail = "\n".join(self.log().splitlines()[-TAIL_LINES:])
        return ProcessError(f"{self.name} {what}; the end of {self.log_file}:\n{tail}")


def free_port(host: str = "127.0.0.1") -> int:
    """Pick a TCP port that nothing listens on, or is about to, for `127.0.0.1` or `::1`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw-1").removeprefix("gw")  # noqa: TID251  # of pytest
    ports = PORTS[(int(worker) + 1) % WORKERS :: WORKERS]
    while True:
        port = ports[secrets.randbelow(len(ports))]
        if port in _given:
            continue
        with socket.socket(family) as probe:
            try:
                probe.bind((host, port))
            except OSError:
                continue
        _given.append(port)
        return port


def address(host: str, port: int) -> str:
    """Join host and port as a URL has them, an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
