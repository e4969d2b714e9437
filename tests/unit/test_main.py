"""What the process loads when it starts, and what it does without."""

import subprocess
import sys

import pytest

from microshift_telemetry.unused_modules import UNUSED

AS_ON_A_DEVICE = """
import sys
sys.modules["kubernetes"] = None
import microshift_telemetry.__main__
"""
"""kopf would import `kubernetes`, and with it what only that uses."""


def said_after_start(code: str) -> str:
    command = [sys.executable, "-c", AS_ON_A_DEVICE + code]
    return subprocess.check_output(command, text=True).strip()


@pytest.mark.parametrize("module", sorted(UNUSED))
def test_what_nobody_uses_is_known_and_not_loaded(module: str) -> None:
    assert said_after_start(f"print(type(sys.modules[{module!r}]).__name__)") == "_LazyModule"


@pytest.mark.parametrize("module", ["bz2", "lzma", "kubernetes.client"])
def test_what_only_those_use_is_not_there_at_all(module: str) -> None:
    assert said_after_start(f"print({module!r} in sys.modules)") == "False"


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("import yaml; print(yaml.safe_load('a: [1]'))", "{'a': [1]}"),
        ("import idna; print(idna.encode('bücher.example').decode())", "xn--bcher-kva.example"),
        ("import jsonpatch; print(jsonpatch.make_patch({}, {'a': 1}))", "/a"),
    ],
)
def test_one_that_is_used_all_the_same_is_loaded_by_then(code: str, shown: str) -> None:
    assert shown in said_after_start(code)


def test_no_table_of_file_types_is_read() -> None:
    assert said_after_start("import mimetypes; print(mimetypes.knownfiles)") == "[]"
