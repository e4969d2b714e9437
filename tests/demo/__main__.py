"""`python -m tests.demo [--keep]`: until the signals are in our hands, Ctrl-C just ends it."""

import signal
import sys

signal.signal(signal.SIGINT, signal.SIG_DFL)

from tests.demo.play import main  # noqa: E402  # the imports take a second, and have no traceback

if __name__ == "__main__":
    sys.exit(main())
