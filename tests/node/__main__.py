"""`python -m tests.node [pytest's arguments]`: build what the node needs, then test on it.

Building needs the network; the node gets one of its own, in which nothing else listens.
"""

import fcntl
import os
import shutil
import subprocess
import sys

from microshift_telemetry import __version__
from tests.image.storage import ImageError
from tests.node.images import NEXT_VERSION, first_image, operator_image, pause_image
from tests.node.programs import complaints
from tests.support import first_version
from tests.support.go_toolchain import GoError
from tests.support.tools import NODE, cache_directory, programs


def main() -> None:
    """Become pytest in a network namespace of its own, or end with 1 and say what is missing."""
    if found := complaints():
        sys.exit("\n".join(found))
    _be_the_only_one()
    try:
        programs(*NODE)
        programs("prometheus")
        pause_image()
        for version in (__version__, NEXT_VERSION):
            operator_image(version)
        first_image()
        first_version.python()
    except (ImageError, GoError, subprocess.CalledProcessError) as error:
        sys.exit(str(error))
    pytest = [sys.executable, "-m", "pytest", "tests/node", *sys.argv[1:]]
    os.execvp("unshare", ["unshare", "--net", "--", *pytest])  # noqa: S606  # no shell is wanted


def _be_the_only_one() -> None:
    """Wait until no other node runs on this machine, then remove what a broken build has left."""
    images = cache_directory().with_name("images")
    images.mkdir(parents=True, exist_ok=True)
    lock = os.open(images / "node.lock", os.O_CREAT | os.O_RDWR)
    os.set_inheritable(lock, True)  # noqa: FBT003  # held until pytest, which this becomes, ends
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.stderr.write("Another node runs on this machine; waiting for its end\n")
        fcntl.flock(lock, fcntl.LOCK_EX)
    for left_over in images.glob(".image-*"):
        shutil.rmtree(left_over, ignore_errors=True)


if __name__ == "__main__":
    main()
