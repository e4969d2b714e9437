"""Becomes the command it is given, after asking the kernel to kill it when its parent dies.

Run as `python die_with_parent.py PARENT_PID COMMAND...`. A `preexec_fn` could do the same, but
Python 3.12 warns of it in a process with threads.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, *command = sys.argv[1:]
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(parent):
        sys.exit("the parent is gone already")
    os.execvp(command[0], command)  # noqa: S606  # no shell is wanted


if __name__ == "__main__":
    main()
