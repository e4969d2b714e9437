"""The image below ours, made on this machine from its own Debian mirror, and the pause image.

No registry is needed. Debian's Python stands in for the base that the Containerfile names.
"""

import platform
from collections.abc import Sequence
from pathlib import Path

from tests.node.building import Buildah, cached, files_below, run
from tests.node.container_runtime import PAUSE_IMAGE

BASE_IMAGE = "localhost/debian-python:test"
PACKAGES = ("usr-is-merged", "python3", "python3-venv")
APT = Path("/etc/apt")
MMDEBSTRAP: Sequence[str] = (
    "mmdebstrap",
    "--quiet",
    "--variant=minbase",
    "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr",
    f"--include={','.join(PACKAGES)}",
)


def base_files() -> Path:
    """Give a tar archive of Debian's smallest system with Python, of this machine's release."""
    release = platform.freedesktop_os_release()["VERSION_CODENAME"]
    sources = [
        path
        for path in (APT / "sources.list", *sorted((APT / "sources.list.d").iterdir()))
        if path.suffix in {".list", ".sources"} and path.exists()
    ]
    return cached(
        "base",
        [repr((MMDEBSTRAP, release)).encode(), *files_below(*sources)],
        lambda made, _: run([*MMDEBSTRAP, release, made, *sources]),
    )


def pause_image() -> Path:
    """Give a docker archive of the image that holds a pod's network: the base, asleep."""
    base = base_files()

    def build(made: Path, scratch: Path) -> None:
        buildah = Buildah(scratch)
        buildah.image_from_files(base, PAUSE_IMAGE, entrypoint=["/usr/bin/sleep", "infinity"])
        buildah.export(PAUSE_IMAGE, made)

    return cached("pause", [base.name.encode(), PAUSE_IMAGE.encode()], build)
