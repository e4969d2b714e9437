"""`python -m tests.image.foreign ARCHITECTURE COMMAND...`: run a command that builds for it.

Where the kernel can't run its programs, qemu is made known to it for this command alone.
"""

import os
import sys

from tests.image.architecture import ARCHITECTURES
from tests.image.emulation import BINFMT_MISC, become_emulated


def main() -> None:
    """Become the command."""
    name, *command = sys.argv[1:]
    if (architecture := ARCHITECTURES.get(name)) is None:
        sys.exit(f"ARCHES: no image is built for {name}; take of {', '.join(ARCHITECTURES)}")
    machine = architecture.machine
    if not architecture.is_foreign or (BINFMT_MISC / f"qemu-{machine}").exists():
        os.execvp(command[0], command)  # noqa: S606  # no shell is wanted
    become_emulated(machine, command)


if __name__ == "__main__":
    main()
