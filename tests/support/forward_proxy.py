"""A real forward proxy, with or without a password."""

import re
import socket
import sys
from pathlib import Path
from typing import Self

from tests.support.certificates import KeyPair
from tests.support.process import ManagedProcess, free_port

READY_SECONDS = 20


class ForwardProxy:
    """proxy.py as a process; `record()` tells what it was asked for."""

    def __init__(
        self, directory: Path, user: str = "", password: str = "", pair: KeyPair | None = None
    ) -> None:
        """Listen once entered; with a user, only for who knows the password; with a pair by TLS."""
        directory.mkdir(parents=True, exist_ok=True)
        self._port = free_port()
        self.url = f"{'https' if pair else 'http'}://127.0.0.1:{self._port}"
        own = ["--hostname", "127.0.0.1", "--port", str(self._port), "--num-workers", "1"]
        quiet = ["--num-acceptors", "1", "--data-dir", str(directory / "data")]
        closed = ["--basic-auth", f"{user}:{password}"] if user else []
        self._command: list[str | Path] = [sys.executable, "-m", "proxy", *own, *quiet, *closed]
        if pair is not None:
            self._command += ["--cert-file", pair.certificate, "--key-file", pair.key]
        self._log_file = directory / "proxy.log"
        self._process: ManagedProcess | None = None

    def __enter__(self) -> Self:
        process = ManagedProcess("proxy", self._command, self._log_file)
        self._process = process.started_when(self._is_ready, READY_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.stop()

    def record(self) -> list[tuple[str, str]]:
        """Tell the method and the receiver's address of each request that has ended, in order.

        Who was turned away has an empty address.
        """
        lines = re.findall(r"access_log\S+ - \S+ - (\w+) ([^\s/]+)", self.log())
        return [(method, "" if to == "None:None" else to) for method, to in lines]

    def log(self) -> str:
        """Give what it has logged: a line for each request, at its end."""
        return self._log_file.read_text()

    def _is_ready(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self._port), 1).close()
        except OSError:
            return False
        return True
