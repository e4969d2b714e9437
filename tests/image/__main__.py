"""`python -m tests.image [ARCHITECTURE]`: test the image, that of another machine under qemu."""

import os
import subprocess
import sys

from tests.image.architecture import ARCHITECTURES, own_architecture
from tests.image.emulation import become_emulated
from tests.image.programs import complaints
from tests.support.go_toolchain import GoError
from tests.support.tools import CONTROL_PLANE, programs

REPORTS = "tests/image/test_report.py"
"""Beside the image it takes a control plane: `make test-node` tests that on the machine's own."""


def main() -> None:
    """Become pytest, or end with 1 and say what is missing."""
    name = sys.argv[1] if sys.argv[1:] else own_architecture().name
    if (architecture := ARCHITECTURES.get(name)) is None:
        sys.exit(f"ARCH={name}: no image is built for it; take one of {', '.join(ARCHITECTURES)}")
    if found := complaints(architecture):
        sys.exit("\n".join(found))
    pytest = [sys.executable, "-m", "pytest", "-s", "tests/image"]
    if not architecture.is_foreign:
        os.execv(sys.executable, [*pytest, f"--ignore={REPORTS}"])  # noqa: S606  # no shell is wanted
    try:
        programs(*CONTROL_PLANE)
    except (GoError, subprocess.CalledProcessError) as error:
        sys.exit(str(error))
    become_emulated(architecture.machine, [*pytest, f"--architecture={architecture.name}"])


if __name__ == "__main__":
    main()
