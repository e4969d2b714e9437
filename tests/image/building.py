"""The image as one without network builds it: by `make image`, from a wheelhouse."""

import os
from collections.abc import Mapping
from pathlib import Path

from tests.image.storage import Storage, run
from tests.support.go_toolchain import REPOSITORY

DATE = 1_795_219_200
"""Of every file in the layer, whatever the date of the checkout's last commit is."""


def fetch_wheelhouse() -> Path:
    """Fetch, by hash, the wheels that an image is made of.

    Raises:
        ImageError: one of them can't be had.
    """
    run(["make", f"--directory={REPOSITORY}", "wheelhouse"], _outside_of_make(os.environ))  # noqa: TID251  # handed on
    return REPOSITORY / "dist" / "wheelhouse"


def make_image(name: str, checkout: Path, storage: Storage, base: str, wheelhouse: Path) -> None:
    """Build the image into a storage that holds its base, where there is no network at all.

    Raises:
        ImageError: it can't be built.
    """
    run(
        [
            *("unshare", "--net", "make", f"--directory={checkout}", "image"),
            f"BUILDER={' '.join(storage.command)}",
            f"IMAGE={name}",
            f"BASE={base}",
            f"WHEELHOUSE={wheelhouse}",
            f"SOURCE_DATE_EPOCH={DATE}",
            # Other isolation would need a bridge, which stays behind.
            f"IMAGE_OPTIONS={' '.join(['--isolation=chroot --pull-never', *storage.platform])}",
        ],
        _outside_of_make(storage.environment),
    )


def _outside_of_make(environment: Mapping[str, str]) -> dict[str, str]:
    """Leave out what the make that may have started us has put there."""
    return {name: value for name, value in environment.items() if not name.startswith("MAKE")}
