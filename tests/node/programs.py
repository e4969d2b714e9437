"""What a node takes of the machine that runs it.

`python -m tests.node.programs` says what is missing.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.image.programs import IMAGE_PACKAGES
from tests.node.machine import CGROUPS, hierarchies
from tests.support.programs import lacking, tell

NODE_PACKAGES: Mapping[str, str] = {
    **IMAGE_PACKAGES,
    "containerd": "containerd",
    "containernetworking-plugins": "/usr/lib/cni/bridge",
    "iproute2": "ip",
    "util-linux": "nsenter",
}
"""Package → a program in it."""


def complaints() -> list[str]:
    """Tell, one by one, what keeps a node from running here."""
    return [f"There can be no node here, which needs {each}" for each in _missing()]


def _missing() -> Iterator[str]:
    if os.geteuid() != 0:
        yield "root: namespaces, mounts and cgroups"
    elif not all(os.access(hierarchy, os.W_OK) for hierarchy in hierarchies()):
        yield f"cgroups below {CGROUPS} that may be written"
    if not Path("/proc/self/ns/net").exists():
        yield "a kernel with network namespaces"
    yield from lacking(NODE_PACKAGES)


if __name__ == "__main__":
    tell(NODE_PACKAGES, complaints())
