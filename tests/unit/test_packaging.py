"""The checkout is a source folder like any other."""

import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


def test_python_finds_its_own_operator_module_in_the_checkout() -> None:
    """`random` imports it by way of `enum`'s neighbours; our folder of that name must not win."""
    code = "import operator, random; print(operator.add(1, 2), random.Random(1).random() < 1)"

    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, check=True, capture_output=True, text=True
    )

    assert done.stdout == "3 True\n"
