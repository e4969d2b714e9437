"""Foreign programs by qemu-user, in namespaces of their own; nothing is registered on the machine.

Since Linux 6.7 every user namespace can have a binfmt_misc of its own, which tells the kernel who
runs programs of another architecture. It, all mounts and all processes go with process 1 of the
namespaces, and that one goes with whoever entered them, also by `kill -9`.

`python -m tests.image.emulation MACHINE COMMAND...` is process 1: it registers qemu and becomes
the command.
"""

import ctypes
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from tests.image.container import UID_RANGE

BINFMT_MISC = Path("/proc/sys/fs/binfmt_misc")
CLONE_NEWUSER = 0x1000_0000
IDS = f"0 0 {UID_RANGE.stop}\n"
"""Users and groups keep their ids. Not all of 2^32: buildah, runc and others would take the
namespace for the machine's own, and make devices in it."""


def become_emulated(machine: str, command: Sequence[str]) -> NoReturn:
    """Become a command that can start programs of the machine, as `uname -m` names it."""
    _enter_user_namespace()
    own = ["--mount", "--pid", "--fork", "--mount-proc", "--kill-child=SIGKILL"]
    first = [sys.executable, "-m", "tests.image.emulation", machine, *command]
    os.execvp("unshare", ["unshare", *own, "--", *first])  # noqa: S606  # no shell is wanted


def _enter_user_namespace() -> None:
    """Give this process, which must have one thread, a namespace in which it is root."""
    process = os.getpid()
    unshared, unshare_done = os.pipe()
    mapper = os.fork()
    if mapper == 0:
        os.close(unshare_done)
        os.read(unshared, 1)
        for ids in ("uid_map", "gid_map"):
            Path(f"/proc/{process}/{ids}").write_text(IDS)
        os._exit(0)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER) != 0:
        sys.exit(f"a new user namespace: {os.strerror(ctypes.get_errno())}")
    os.close(unshare_done)
    os.waitpid(mapper, 0)


def _register(machine: str) -> None:
    """Tell the kernel, as Debian does, that qemu runs programs of the machine."""
    mount = ["mount", "--types=binfmt_misc", "binfmt_misc", str(BINFMT_MISC)]
    if (done := subprocess.run(mount, capture_output=True, text=True, check=False)).returncode:
        sys.exit(
            f"programs of {machine} can't be run here: Linux 6.7 or newer with binfmt_misc is "
            f"needed ({done.stderr.strip()})"
        )
    rule = Path(f"/usr/lib/binfmt.d/qemu-{machine}.conf").read_text().strip()
    (BINFMT_MISC / "register").write_text(rule)


def main() -> None:
    machine, *command = sys.argv[1:]
    _register(machine)
    os.execvp(command[0], command)  # noqa: S606  # no shell is wanted


if __name__ == "__main__":
    main()
