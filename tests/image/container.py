"""One container by runc, held as tight as the deployment holds its pod, or tighter."""

import json
import os
import secrets
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

SECONDS = 60
UID_RANGE = range(1_000_000, 2_000_000)
"""What no user of the image or of this machine has."""
NAMESPACES = ("pid", "network", "ipc", "uts", "mount")
CAPABILITY_SETS = ("bounding", "effective", "permitted", "inheritable", "ambient")


def run_tightly(
    root: Path, config: Mapping[str, Any], bundle: Path, command: Sequence[str] = ()
) -> "subprocess.CompletedProcess[str]":
    """Run an image's own entry point, or a command in its place, until it ends.

    As a random user without any capability, on a read-only root, with no network but loopback.
    `config` is the image's OCI configuration, `bundle` a directory for what runc needs.
    """
    bundle.mkdir()
    uid = secrets.choice(UID_RANGE)
    content = specification(root, [*(command or config["Entrypoint"])], config["Env"], uid)
    (bundle / "config.json").write_text(json.dumps(content))
    runc, name = ["runc", f"--root={bundle / 'runc'}"], f"test-{uid}"
    try:
        return subprocess.run(
            [*runc, "run", f"--bundle={bundle}", name],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    finally:
        # One that ran out of time lives on, although `runc run` was killed.
        subprocess.run([*runc, "delete", "--force", name], capture_output=True, check=False)


def specification(
    root: Path, command: list[str], environment: list[str], uid: int
) -> dict[str, Any]:
    """Write the OCI runtime specification of such a container."""
    return {
        "ociVersion": "1.0.2",
        "process": {
            "user": {"uid": uid, "gid": uid},
            "args": command,
            "env": environment,
            "cwd": "/",
            "noNewPrivileges": True,
            "capabilities": {name: [] for name in CAPABILITY_SETS},
        },
        "root": {"path": os.fspath(root), "readonly": True},
        "mounts": [
            {"destination": "/proc", "type": "proc", "source": "proc"},
            {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid"]},
        ],
        "linux": {
            "namespaces": [{"type": name} for name in NAMESPACES],
            "cgroupsPath": f"/microshift-telemetry-test-{uid}",
        },
    }
