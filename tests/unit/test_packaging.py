"""`operator/` must not get in the way of Python's own module of that name."""

import subprocess
import sys

import microshift_telemetry
from tests.support.go_toolchain import REPOSITORY


def test_python_imports_its_own_operator_in_the_root_of_the_checkout() -> None:
    """`collections` and `random` need it; with `-c` the root is first on the path."""
    code = "import random, operator; print(operator.__file__)"

    found = subprocess.check_output([sys.executable, "-c", code], cwd=REPOSITORY, text=True)

    assert not found.startswith(str(REPOSITORY / "operator"))


def test_the_version_alone_imports_nothing() -> None:
    code = (
        "import sys; before = set(sys.modules); import microshift_telemetry as m;"
        "print(m.__version__, len(set(sys.modules) - before))"
    )

    said = subprocess.check_output([sys.executable, "-c", code], cwd="/", text=True)

    assert said.split() == [microshift_telemetry.__version__, "1"]
