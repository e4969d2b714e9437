"""A kubectl of a few lines of shell, for what a real one can't be made to do in time."""

from pathlib import Path

from microshift_telemetry_cli.kubectl import Kubectl


def fake_kubectl(directory: Path, script: str, *flags: str) -> Kubectl:
    """Make one; its arguments are in `$@`, its own directory in `$here`."""
    program = directory / "kubectl"
    program.write_text(f'#!/bin/sh\nhere=$(dirname "$0")\n{script}\n')
    program.chmod(0o755)
    return Kubectl(str(program), flags, "microshift-telemetry")
