"""What the image's bytecode keeps of a module, and what it leaves out."""

import subprocess
import sys
from pathlib import Path

from tests.support.go_toolchain import REPOSITORY

SCRIPT = REPOSITORY / "packaging" / "compile_bytecode.py"
MODULE = '''"""A module."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Reading:
    """A reading."""

    value: int

    async def positive(self) -> None:
        """Only a docstring."""


def checked(value: int) -> str:
    """A function."""
    assert value > 0, "not positive"
    return """no docstring"""
'''
FAILING_LINE = MODULE.split("assert")[0].count("\n") + 1


def compiled(directory: Path) -> bytes:
    """Compile what is below a directory and give the module's bytecode."""
    subprocess.run([sys.executable, SCRIPT, directory], check=True)
    (bytecode,) = (directory / "__pycache__").iterdir()
    return bytecode.read_bytes()


def said(directory: Path, code: str) -> "subprocess.CompletedProcess[str]":
    """Let another process import the module."""
    command = [sys.executable, "-B", "-c", f"import a_module; {code}"]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)


def test_of_each_docstring_a_character_is_left(tmp_path: Path) -> None:
    (tmp_path / "a_module.py").write_text(MODULE)
    compiled(tmp_path)
    documented = "a_module, a_module.Reading, a_module.Reading.positive, a_module.checked"

    ended = said(tmp_path, f"print([each.__doc__ for each in ({documented})], a_module.checked(1))")

    assert ended.stdout == "['.', '.', '.', '.'] no docstring\n"


def test_an_assert_stays_and_its_line_is_told(tmp_path: Path) -> None:
    (tmp_path / "a_module.py").write_text(MODULE)
    compiled(tmp_path)

    ended = said(tmp_path, "a_module.checked(0)")

    assert f'a_module.py", line {FAILING_LINE}, in checked' in ended.stderr
    assert ended.stderr.endswith("AssertionError: not positive\n")


def test_it_is_never_compared_with_its_source(tmp_path: Path) -> None:
    (tmp_path / "a_module.py").write_text(MODULE)
    compiled(tmp_path)
    (tmp_path / "a_module.py").write_text("raise RuntimeError")

    assert said(tmp_path, "print(a_module.checked(1))").stdout == "no docstring\n"


def test_the_same_sources_give_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "a_module.py").write_text(MODULE)

    assert compiled(tmp_path) == compiled(tmp_path)
