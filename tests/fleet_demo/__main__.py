"""`python -m tests.fleet_demo`: until the signals are in our hands, Ctrl-C just ends it."""

import signal
import sys

signal.signal(signal.SIGINT, signal.SIG_DFL)

from tests.fleet_demo.play import main  # noqa: E402  # the imports take a while, without traceback

if __name__ == "__main__":
    sys.exit(main())
