"""What a node takes of the machine that runs it.

`python -m tests.node.programs` says what is missing.
"""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.node.machine import CGROUPS, hierarchies

DEBIAN_PACKAGES: Mapping[str, str] = {
    "buildah": "buildah",
    "containerd": "containerd",
    "containernetworking-plugins": "/usr/lib/cni/bridge",
    "iproute2": "ip",
    "mmdebstrap": "mmdebstrap",
    "runc": "runc",
    "util-linux": "nsenter",
}
"""Package → a program in it."""


def missing() -> Iterator[str]:
    """Tell, one by one, what keeps a node from running here."""
    if os.geteuid() != 0:
        yield "root: namespaces, mounts and cgroups"
    elif not all(os.access(hierarchy, os.W_OK) for hierarchy in hierarchies()):
        yield f"cgroups below {CGROUPS} that may be written"
    if not Path("/proc/self/ns/net").exists():
        yield "a kernel with network namespaces"
    packages = missing_packages()
    if packages:
        yield f"Debian packages: apt-get install --no-install-recommends {' '.join(packages)}"


def missing_packages() -> list[str]:
    """List the packages whose program is not there."""
    return [package for package, program in DEBIAN_PACKAGES.items() if not shutil.which(program)]


def main() -> None:
    """End with 1 and a line for each thing that is missing; `--packages` lists what to install."""
    if "--packages" in sys.argv[1:]:
        sys.stdout.write(" ".join(missing_packages()))
    else:
        lines = [f"There can be no node here, which needs {each}" for each in missing()]
        sys.exit("\n".join(lines) or 0)


if __name__ == "__main__":
    main()
