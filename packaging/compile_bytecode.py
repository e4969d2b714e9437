#!/usr/bin/env python3
"""Compile all modules below a directory as the image ships them: with asserts, without docstrings.

    python packaging/compile_bytecode.py /opt/microshift-telemetry/lib

Nothing that runs reads a docstring, and those of the libraries are a MiB of the operator's memory.
`python -OO` would leave out the asserts of kopf and aiohttp with them.
"""

import ast
import importlib.util
import marshal
import sys
from pathlib import Path

DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
UNCHECKED_HASH = 0b01
"""A .pyc with these flags is taken as it is, whatever date or content its source has (PEP 552)."""
LEFT = "."
"""Of each docstring. Libraries may expect to find one, and `dataclass` makes one up where a class
has none; a character costs nothing, since Python has each but once."""


def compile_below(directory: Path) -> None:
    """Write a .pyc beside each module; sorted, so that the same sources give the same bytes.

    Raises:
        SyntaxError: a module that isn't Python.
    """
    for module in sorted(directory.rglob("*.py")):
        bytecode = Path(importlib.util.cache_from_source(module))
        bytecode.parent.mkdir(exist_ok=True)
        bytecode.write_bytes(_compiled(module))


def _compiled(module: Path) -> bytes:
    source = module.read_bytes()
    code = compile(_without_docstrings(source), str(module), "exec", dont_inherit=True)
    header = importlib.util.MAGIC_NUMBER + UNCHECKED_HASH.to_bytes(4, "little")
    return header + importlib.util.source_hash(source) + marshal.dumps(code)


def _without_docstrings(source: bytes) -> ast.Module:
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            first = node.body[0]
            left = ast.copy_location(ast.Constant(LEFT), first)
            node.body[0] = ast.copy_location(ast.Expr(left), first)
    return tree


if __name__ == "__main__":
    compile_below(Path(sys.argv[1]))
