"""One file for every Python from 3.9 on, RHEL 9's own: what the plugin may use.

Without such a Python: ruff reads the package as 3.9 (`ruff.toml` beside it), so that `make lint`
fails on newer syntax, and what ruff does not know is looked for here: unions that are evaluated,
and names and arguments that the standard library got later. Where this machine has older Pythons
the built plugin is also run by each; the ids of the last tests say by which.
"""

import ast
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.matrix.pythons import pythons
from tests.support.go_toolchain import REPOSITORY
from tests.support.plugin import build_plugin
from tests.unit.plugin.fake_kubectl import fake_kubectl
from tests.unit.plugin.scenes import a_body

PACKAGE = REPOSITORY / "operator" / "microshift_telemetry_cli"
MODULES = sorted(PACKAGE.glob("*.py"))
NEWER_NAMES = {
    *("tomllib", "pairwise", "batched", "StrEnum", "Self", "TypeAlias", "ParamSpec", "UTC"),
    *("assert_never", "override", "ExceptionGroup", "TaskGroup", "chdir", "anext"),
    *("aiter", "file_digest", "bit_count", "EnumType", "add_note", "KW_ONLY", "NoneType"),
}
NEWER_ARGUMENTS = {"slots", "kw_only", "strict", "process_group", "root_dir", "delete_on_close"}
OLDEST_MINOR = 9
PYTHONS = pythons(os.environ, OLDEST_MINOR)  # noqa: TID251  # where this machine's are
OLDER_PYTHONS = {
    minor: python
    for minor, python in pythons(os.environ, 6).items()  # noqa: TID251  # as above
    if minor < OLDEST_MINOR
}
START_CPU_SECONDS = 0.3
CALLS = (
    ("--version",),
    ("status", "--output=yaml"),
    ("explain",),
    ("explain", "cluster_version", "-ojson"),
    ("__complete", "status", ""),
)
"""Whose answer does not depend on the time."""


def _annotations(tree: ast.AST) -> Iterator[ast.AST]:
    """Find what is never evaluated."""
    for node in ast.walk(tree):
        match node:
            case (
                ast.AnnAssign(annotation=annotation) | ast.arg(annotation=ast.expr() as annotation)
            ):
                yield from ast.walk(annotation)
            case ast.FunctionDef(returns=ast.expr() as annotation):
                yield from ast.walk(annotation)
            case _:
                pass


def _is_type(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=None):
            return True
        case ast.Name(id=name):
            return name[0].isupper() or name in {"int", "str", "float", "bool", "bytes", "dict"}
        case ast.Subscript(value=value):
            return _is_type(value)
        case _:
            return False


def too_new(text: str) -> list[str]:
    """Tell what Python 3.9 does not have."""
    tree = ast.parse(text)
    unevaluated = set(map(id, _annotations(tree)))
    found = []
    for node in ast.walk(tree):
        match node:
            case ast.Match() | ast.TryStar():
                found.append("statement")
            case ast.BinOp(op=ast.BitOr(), left=left, right=right) if id(node) not in unevaluated:
                found += ["union"] if _is_type(left) or _is_type(right) else []
            case ast.Attribute(attr=name) | ast.Name(id=name) | ast.alias(name=name):
                found += [name] if name in NEWER_NAMES else []
            case ast.keyword(arg=str(name)):
                found += [f"{name}="] if name in NEWER_ARGUMENTS else []
            case _:
                pass
    return found


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_a_module_has_nothing_that_python_3_9_lacks(module: Path) -> None:
    assert too_new(module.read_text()) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("match x:\n    case _: pass", ["statement"]),
        ("A = int | None", ["union"]),
        ("isinstance(x, str | int)", ["union"]),
        ("def f(a: int | None) -> str | None: ...\nb: int | None = None", []),
        ("a = {} | b", []),
        ("from datetime import UTC", ["UTC"]),
        ("@dataclass(frozen=True, slots=True)\nclass A: ...", ["slots="]),
        ("zip(a, b, strict=True)", ["strict="]),
    ],
    ids=["match", "alias", "isinstance", "annotation", "dict", "name", "slots", "strict"],
)
def test_what_is_too_new_is_found(text: str, found: list[str]) -> None:
    assert too_new(text) == found


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_a_module_needs_the_standard_library_alone(module: Path) -> None:
    roots = set()
    for node in ast.walk(ast.parse(module.read_text())):
        match node:
            case ast.Import(names=names):
                roots |= {each.name.partition(".")[0] for each in names}
            case ast.ImportFrom(module=str(name)):
                roots.add(name.partition(".")[0])
            case _:
                pass

    assert roots - sys.stdlib_module_names <= {"microshift_telemetry_cli"}


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_a_module_evaluates_no_annotation(module: Path) -> None:
    text = module.read_text()

    assert "from __future__ import annotations" in text or module.stem == "__init__"


def test_the_same_sources_give_the_same_bytes(tmp_path: Path) -> None:
    one, other = build_plugin(tmp_path / "one"), build_plugin(tmp_path / "other")

    assert one.read_bytes() == other.read_bytes()
    assert (one.stat().st_mode & 0o777, one.read_bytes()[:22]) == (0o755, b"#!/usr/bin/env python3")


def test_building_it_needs_a_python_alone() -> None:
    """Who installs the plugin from a checkout develops nothing."""
    make = ["make", "--dry-run", "--no-print-directory", "plugin", "PYTHON=any"]

    done = subprocess.run(make, cwd=REPOSITORY, capture_output=True, text=True, check=True)

    assert done.stdout == "any packaging/build_plugin.py dist\n"


@pytest.fixture(scope="module")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plugin, with a kubectl beside it that knows one device."""
    directory = tmp_path_factory.mktemp("bin")
    (directory / "tcfg.json").write_text(json.dumps({"items": [a_body()]}))
    fake_kubectl(
        directory,
        '[ "$2" = pods ] && { echo "Forbidden" >&2; exit 1; }; exec cat "$here/tcfg.json"',
    )
    return build_plugin(directory)


def run(python: Path, plugin: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [python, "-W", "error", plugin, *words],
        env={"PATH": f"{plugin.parent}:{os.defpath}"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture(scope="module")
def said_here(plugin: Path) -> list[str]:
    """What the Python of the tests says."""
    return [run(Path(sys.executable), plugin, *words).stdout for words in CALLS]


@pytest.mark.parametrize("minor", PYTHONS, ids=lambda minor: f"3.{minor}")
def test_every_python_says_the_same(minor: int, plugin: Path, said_here: list[str]) -> None:
    said = [run(PYTHONS[minor], plugin, *words) for words in CALLS]

    assert [(each.returncode, each.stderr) for each in said] == [(0, "")] * len(CALLS)
    assert [each.stdout for each in said] == said_here


@pytest.mark.parametrize("minor", PYTHONS, ids=lambda minor: f"3.{minor}")
def test_every_python_draws_the_screen(minor: int, plugin: Path) -> None:
    said = run(PYTHONS[minor], plugin, "status")

    assert (said.returncode, said.stderr) == (0, "")
    assert "cluster: works\n" in said.stdout
    assert "  why           Forbidden\n" in said.stdout


def test_its_start_is_read_by_older_pythons(plugin: Path) -> None:
    with zipfile.ZipFile(plugin) as archive:
        start = archive.read("__main__.py").decode()

    ast.parse(start, feature_version=(3, 4))


@pytest.mark.parametrize("minor", OLDER_PYTHONS or [sys.version_info.minor], ids=str)
def test_a_python_that_is_too_old_says_so(minor: int, plugin: Path) -> None:
    """Where none is on the machine, the Python of the tests plays one."""
    code = "import runpy, sys\nrunpy.run_path(sys.argv[1], run_name='__main__')"
    if not OLDER_PYTHONS:
        code = f"import sys\nsys.version_info = (3, 6, 8)\n{code}"
    python = OLDER_PYTHONS.get(minor, Path(sys.executable))

    said = subprocess.run(
        [python, "-c", code, plugin], capture_output=True, text=True, check=False, timeout=60
    )

    shown = minor if OLDER_PYTHONS else 6
    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr.startswith("kubectl telemetry: Python 3.9 or newer is needed; ")
    assert said.stderr.endswith(f" is 3.{shown}\n")


@pytest.mark.parametrize("minor", [min(PYTHONS)], ids=lambda minor: f"3.{minor}")
def test_it_starts_in_less_than_a_third_of_a_second(minor: int, plugin: Path) -> None:
    """CPU time, the least of five: what else runs on the machine adds nothing to it."""
    code = (
        "import resource, subprocess, sys\n"
        "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)\n"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(used.ru_utime + used.ru_stime)\n"
    )
    command = [sys.executable, "-c", code, str(PYTHONS[minor]), str(plugin), "explain", "Overdue"]

    used = [
        float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        for _ in range(5)
    ]

    assert min(used) < START_CPU_SECONDS
