"""The rules of the house that no linter knows; `make lint` runs these too."""

import ast
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
MAX_FILE_LINES = 300
MAX_FUNCTION_LINES = 40
MAX_CLASS_LINES = 150


def _modules() -> list[Path]:
    """Our own modules; generated ones may be as long as they are."""
    found = [
        path
        for root in ("operator", "packaging", "requirements", "fleet", "release", "tests")
        for path in (REPOSITORY / root).rglob("*.py")
    ]
    return sorted(path for path in found if not path.stem.endswith("_pb2"))


def _too_long(module: Path) -> Iterator[str]:
    text = module.read_text()
    name = module.relative_to(REPOSITORY)
    if (lines := len(text.splitlines())) > MAX_FILE_LINES:
        yield f"{name}: {lines} lines, at most {MAX_FILE_LINES}"
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                limit = MAX_FUNCTION_LINES
            case ast.ClassDef():
                limit = MAX_CLASS_LINES
            case _:
                continue
        lines = (node.end_lineno or node.lineno) - node.lineno + 1
        if lines > limit:
            yield f"{name}:{node.lineno}: {node.name} has {lines} lines, at most {limit}"


def test_files_functions_and_classes_stay_small() -> None:
    modules = _modules()

    assert [complaint for module in modules for complaint in _too_long(module)] == []
    assert Path(__file__) in modules


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param("x = 1\n" * 301, "301 lines, at most 300", id="file"),
        pytest.param("def f():\n" + "    pass\n" * 40, "1: f has 41 lines", id="function"),
        pytest.param("class C:\n" + "    x = 1\n" * 150, "1: C has 151 lines", id="class"),
        pytest.param("async def f():\n" + "    pass\n" * 40, "1: f has 41 lines", id="coroutine"),
    ],
)
def test_what_is_too_long_is_named(
    text: str, complaint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules[__name__], "REPOSITORY", tmp_path)
    module = tmp_path / "module.py"
    module.write_text(text)

    [said] = _too_long(module)

    assert complaint in said


def test_the_folder_operator_holds_no_module_of_its_own() -> None:
    """With a file in it, it could shadow Python's own module `operator`."""
    assert [path.name for path in (REPOSITORY / "operator").glob("*.py")] == []


def test_the_folder_packaging_is_no_package() -> None:
    """As one it could shadow the library `packaging`, which pip and pytest import."""
    assert not (REPOSITORY / "packaging" / "__init__.py").exists()


def test_the_wheel_holds_only_the_package(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    subprocess.run([*build, "--directory", tmp_path], cwd=REPOSITORY, check=True)
    [wheel] = tmp_path.glob("*.whl")

    with zipfile.ZipFile(wheel) as archive:
        top = {name.split("/")[0] for name in archive.namelist()}

    assert {name for name in top if not name.endswith(".dist-info")} == {"microshift_telemetry"}
