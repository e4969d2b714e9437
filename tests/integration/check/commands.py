"""What an admin tries in a terminal when something is wrong: each command of the plugin."""

from collections.abc import Mapping
from pathlib import Path
from subprocess import CompletedProcess

from tests.integration.check.asking import COLUMNS
from tests.support.device import Device
from tests.support.operator_process import OperatorProcess
from tests.support.plugin import Plugin
from tests.support.tools import Tools

COMMANDS: tuple[tuple[str, ...], ...] = (
    ("status",),
    ("check",),
    ("preview", "--dry-run"),
    ("history",),
    ("send-now", "--wait", "--timeout=90s"),
    ("bundle",),
)

Tried = Mapping[str, CompletedProcess[str]]


def try_commands(device: Device, operator: OperatorProcess, tools: Tools, directory: Path) -> Tried:
    """Call each command beside a running operator."""
    port = operator.preview_url.rpartition(":")[2].partition("/")[0]
    kubeconfig = device.control_plane.kubeconfig
    plugin = Plugin(directory / "bin", tools.kubectl, kubeconfig, port, device.directory)
    bundle = directory / "bundle.tar.gz"
    return {
        words[0]: plugin(*words, *([f"--file={bundle}"] if words == ("bundle",) else []))
        for words in COMMANDS
    }


def complaints(tried: Tried, secret: str) -> list[str]:
    """Say what no command may do, whatever is wrong with the device."""
    found = list[str]()
    for name, said in tried.items():
        text = said.stdout + said.stderr
        if said.returncode not in {0, 1}:
            found.append(f"{name} ended with {said.returncode}: {text}")
        if "Traceback" in text or secret in text:
            found.append(f"{name} says what it must not: {text}")
        # A page of the operator is for programs as well, and a long path of the test stays whole.
        lines = [line.strip() for line in text.splitlines() if name not in {"preview", "bundle"}]
        if any(len(line) > COLUMNS and " " in line for line in lines):
            found.append(f"{name} needs more than {COLUMNS} columns: {text}")
    return found
