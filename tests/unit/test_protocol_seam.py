"""Who may know which protocol a report is sent by: the place that chooses, and nobody else."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "operator" / "microshift_telemetry"
DEFINED, CHOSEN = "spec/protocol.py", "controller/transports.py"
NAMES = {"REMOTE_WRITE", "TELEMETER_UPLOAD", "UPLOAD"}
"""Of one protocol or its transport."""
WORDS = {"RemoteWrite", "TelemeterUpload"}
"""As the spec calls them."""
FOLDERS = ("remote_write", "telemeter")


def _questions(text: str) -> Iterator[tuple[int, str]]:
    """Find (line, what) where code asks which protocol it is, or reaches behind the seam."""
    tree = ast.parse(text)
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module=str(module), names=names):
                folder = module.removeprefix("microshift_telemetry.").partition(".")[0]
                if folder in FOLDERS:
                    yield node.lineno, module
                yield from ((node.lineno, each.name) for each in names if each.name in NAMES)
            case ast.Constant(value=str(value)) if value in WORDS and id(node) not in docstrings:
                yield node.lineno, value
            case ast.Compare(left=left, comparators=others):
                asked = [each for each in (left, *others) if _is_protocol(each)]
                yield from ((node.lineno, ast.unparse(each)) for each in asked)
            case ast.Match(subject=subject) if _is_protocol(subject):
                yield node.lineno, ast.unparse(subject)
            case ast.Call(func=ast.Name(id="isinstance"), args=[first, *_]) if _is_protocol(first):
                yield node.lineno, ast.unparse(first)
            case _:
                pass


def _is_protocol(node: ast.expr) -> bool:
    """Tell whether an expression is a protocol, a transport, or the name of one."""
    match node:
        case ast.Attribute(value=value, attr="name"):
            return _is_protocol(value)
        case ast.Attribute(attr=word) | ast.Name(id=word):
            return word.lstrip("_") in {"protocol", "transport"}
        case _:
            return False


def test_nobody_asks_which_protocol_it_is() -> None:
    found = [
        f"{where}:{line}: {what}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if (where := path.relative_to(PACKAGE).as_posix()) not in {DEFINED, CHOSEN}
        and path.parent.name not in FOLDERS
        for line, what in _questions(path.read_text())
        # The default of a spec that says nothing.
        if (where, what) not in {(each, "REMOTE_WRITE") for each in DEFAULTS}
    ]

    assert found == []


DEFAULTS = ("spec/effective.py", "spec/telemetry_config.py")


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_protocol_knows_nothing_of_the_other(folder: str) -> None:
    others = {f"microshift_telemetry.{each}" for each in FOLDERS if each != folder}
    imported = {
        module
        for path in (PACKAGE / folder).glob("*.py")
        for _, module in _questions(path.read_text())
        if module.startswith("microshift_telemetry.")
    }

    assert imported
    assert not any(module.startswith(other) for module in imported for other in others)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("if destination.protocol is TELEMETER_UPLOAD: pass", ["destination.protocol"]),
        ("if to.protocol.name == word: pass", ["to.protocol.name"]),
        ("match self._transport:\n    case _: pass", ["self._transport"]),
        ("isinstance(transport, Upload)", ["transport"]),
        ("kind = 'TelemeterUpload'", ["TelemeterUpload"]),
        (
            "from microshift_telemetry.telemeter.encode import encode",
            ["microshift_telemetry.telemeter.encode"],
        ),
        ("from microshift_telemetry.spec.protocol import REMOTE_WRITE", ["REMOTE_WRITE"]),
        ("'''Of TelemeterUpload.'''", []),
        ("'''TelemeterUpload'''", []),
        ("gap = to.protocol.shortest_interval", []),
        ("if to.protocol.shortest_interval: pass", []),
        ("answer = transport_to(to).judge(answer)", []),
    ],
)
def test_a_question_is_found(text: str, found: list[str]) -> None:
    assert [what for _, what in _questions(text)] == found
