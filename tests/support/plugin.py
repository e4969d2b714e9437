"""The plugin as an admin has it: built, on the PATH beside kubectl, and called by kubectl."""

import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

from tests.support.go_toolchain import REPOSITORY

AS_IF_THERE_WERE_A_POD = """\
#!{python}
import os, sys, time
words, directory = sys.argv[1:], os.environ["OPERATOR_DIRECTORY"]
if "port-forward" in words:
    print("Forwarding from 127.0.0.1:" + os.environ["OPERATOR_PORT"] + " -> 8081", flush=True)
    time.sleep(600)
if "exec" in words:
    os.environ["TELEMETRY_STATE_DIR"] = directory + "/state"
    command = words[words.index("--") + 1:]
    os.execv(sys.executable, command)
if "logs" in words:
    if "--previous" in words:
        sys.exit("Error from server (BadRequest): previous terminated container not found")
    sys.exit(print(open(directory + "/operator.log").read(), end=""))
os.execv({kubectl!r}, sys.argv)
"""
"""kubectl, but for what a kubelet answers: the operator is a process of this machine."""


def build_plugin(directory: Path) -> Path:
    """Build both programs into a directory."""
    build = REPOSITORY / "packaging" / "build_plugin.py"
    subprocess.run([sys.executable, build, directory], check=True)
    return directory / "kubectl-telemetry"


class Plugin:
    """Calls `kubectl telemetry`."""

    def __init__(
        self,
        directory: Path,
        kubectl: Path,
        kubeconfig: Path,
        port: str = "0",
        operator: Path = Path(),
    ) -> None:
        """Lay the programs into `directory`.

        The operator's pages are at `port`, its log and its state directory in `operator`.
        """
        build_plugin(directory)
        self.directory = directory
        self.kubectl = directory / "kubectl"
        self.kubectl.write_text(
            AS_IF_THERE_WERE_A_POD.format(python=sys.executable, kubectl=str(kubectl))
        )
        self.kubectl.chmod(0o755)
        self.environment = {
            "PATH": f"{directory}:{Path(sys.executable).parent}:{os.defpath}",
            "HOME": str(directory),
            "KUBECONFIG": str(kubeconfig),
            "OPERATOR_PORT": port,
            "OPERATOR_DIRECTORY": str(operator),
            "TERM": "xterm",
        }

    def __call__(self, *words: str, **environment: str) -> "CompletedProcess[str]":
        """Call it and wait for its end."""
        return subprocess.run(
            [self.kubectl, "telemetry", *words],
            env=self.environment | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def start(self, *words: str) -> "subprocess.Popen[str]":
        """Call it and go on; in a process group of its own, as a terminal's command is."""
        return subprocess.Popen(
            [self.kubectl, "telemetry", *words],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def on_terminal(self, *words: str, typed: str = "", **environment: str) -> tuple[int, str]:
        """Call it on a terminal of its own; gives the exit code and what stood on the screen."""
        return on_terminal(
            [str(self.kubectl), "telemetry", *words], self.environment | environment, typed
        )


def on_terminal(command: list[str], environment: dict[str, str], typed: str) -> tuple[int, str]:
    """Run a command on a pseudo-terminal, on which something is typed at once."""
    ours, theirs = pty.openpty()
    os.write(ours, typed.encode())
    process = subprocess.Popen(
        command, env=environment, stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True
    )
    os.close(theirs)
    seen = _read_all(lambda: os.read(ours, 65536))
    os.close(ours)
    return process.wait(timeout=60), seen.decode()


def _read_all(read: Callable[[], bytes]) -> bytes:
    """Read until nobody writes any more, which a terminal tells by an error."""
    seen = b""
    try:
        while piece := read():
            seen += piece
    except OSError:
        pass
    return seen
