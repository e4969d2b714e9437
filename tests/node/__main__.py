"""`python -m tests.node [pytest's arguments]`: build what the node needs, then test on it.

Building needs the network; the node gets one of its own, in which nothing else listens.
"""

import os
import subprocess
import sys

from microshift_telemetry import __version__
from tests.image.storage import ImageError
from tests.node.images import NEXT_VERSION, operator_image, pause_image
from tests.node.programs import missing
from tests.support.go_module import built
from tests.support.go_toolchain import GoError
from tests.support.tools import NODE, build_tools, cache_directory


def main() -> None:
    """Become pytest in a network namespace of its own, or end with 1 and say what is missing."""
    lacking = list(missing())
    if lacking:
        sys.exit("\n".join(f"There can be no node here, which needs {each}" for each in lacking))
    try:
        build_tools()
        built(NODE, cache_directory())
        pause_image()
        for version in (__version__, NEXT_VERSION):
            operator_image(version)
    except (ImageError, GoError, subprocess.CalledProcessError) as error:
        sys.exit(str(error))
    pytest = [sys.executable, "-m", "pytest", "tests/node", *sys.argv[1:]]
    os.execvp("unshare", ["unshare", "--net", "--", *pytest])  # noqa: S606  # no shell is wanted


if __name__ == "__main__":
    main()
