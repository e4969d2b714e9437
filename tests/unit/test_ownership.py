"""Who may change what: an object its own attributes, and `buffer/` alone what lasts.

Names that stand for what lasts are followed as a reader follows them: by what a parameter is
annotated with, and by what a variable was assigned from.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "operator" / "microshift_telemetry"
MUTATORS = {
    "backlog": {"add", "discard", "mark"},
    "ledger": {"apply"},
    "store": set[str](),
}
"""Methods that change it, by the name that it is known by; recording is a store's business."""

FOREIGN = {
    ("handlers.py", "settings"): "kopf's",
    ("logs.py", "record"): "logging's",
    ("check/tls.py", "glancing"): "ssl's",
    ("kube/screen.py", "response"): "aiohttp's",
    ("sending/route.py", "context"): "ssl's",
    ("pages.py", "response"): "aiohttp's",
}
"""Objects of libraries, which are set up by assignment."""


def _outside_of_the_buffer() -> list[Path]:
    return [path for path in sorted(PACKAGE.rglob("*.py")) if path.parent.name != "buffer"]


def _kind(node: ast.expr | None) -> str | None:
    """Tell what an expression stands for: `self._store.ledger.backlog` for a backlog."""
    match node:
        case ast.Attribute(attr=name) | ast.Name(id=name) | ast.Constant(value=str(name)):
            word = name.lstrip("_").lower()
            return next((kind for kind in MUTATORS if word in {kind, f"the_{kind}"}), None)
        case ast.Call(func=func):
            return _kind(func)
        case ast.BinOp(left=left, right=right):
            return _kind(left) or _kind(right)
        case _:
            return None


def _aliases(tree: ast.AST) -> dict[str, str]:
    """Find variables and parameters that stand for what lasts, whatever their names are."""
    found: dict[str, str | None] = {}
    for node in ast.walk(tree):
        match node:
            case ast.arg(arg=name, annotation=annotation):
                found[name] = found.get(name) or _kind(annotation)
            case ast.Assign(targets=targets, value=value):
                names = [each for target in targets for each in _named(target, value)]
                found.update({name: kind for name, kind in names if kind})
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation):
                found[name] = found.get(name) or _kind(annotation)
            case ast.NamedExpr(target=ast.Name(id=name), value=value) if _kind(value):
                found[name] = _kind(value)
            case _:
                pass
    return {name: kind for name, kind in found.items() if kind}


def _named(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, str | None]]:
    match target, value:
        case ast.Tuple(elts=targets), ast.Tuple(elts=values):
            for each, its in zip(targets, values, strict=False):
                yield from _named(each, its)
        case ast.Name(id=name), _:
            yield name, _kind(value)
        case _:
            pass


def _changes(text: str) -> Iterator[tuple[int, str]]:
    """Find (line, what) of each change to what lasts."""
    tree = ast.parse(text)
    aliases = _aliases(tree)

    def kind_of(node: ast.expr) -> str | None:
        alias = aliases.get(node.id) if isinstance(node, ast.Name) else None
        return alias or _kind(node)

    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=value, attr=name)):
                kind = kind_of(value)
                if kind is not None and name in MUTATORS[kind]:
                    yield node.lineno, f"{kind}.{name}()"
            case ast.Attribute(value=value, attr=name, ctx=ast.Store() | ast.Del()):
                kind = kind_of(value)
                if kind is not None:
                    yield node.lineno, f"{kind}.{name} ="
            case _:
                pass


def _reaches(text: str) -> Iterator[tuple[int, str, str]]:
    """Find (line, object, what) of each assignment to an attribute of anything but `self`."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            owner = ast.unparse(node.value)
            if owner not in {"self", "cls"}:
                yield node.lineno, owner.split(".")[0], ast.unparse(node)


def test_nobody_assigns_to_the_attributes_of_another() -> None:
    found = [
        (str(path.relative_to(PACKAGE)), owner, f"{line}: {what}")
        for path in sorted(PACKAGE.rglob("*.py"))
        if not path.name.endswith("_pb2.py")
        for line, owner, what in _reaches(path.read_text())
    ]

    assert [each for each in found if each[:2] not in FOREIGN] == []
    assert FOREIGN.keys() == {each[:2] for each in found}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("self._tally.seconds += 1", ["self._tally.seconds"]),
        ("state.specs.newest = spec", ["state.specs.newest"]),
        ("a, other.name = 1, 2", ["other.name"]),
        ("del other.name", ["other.name"]),
        ("for other.name in (): pass", ["other.name"]),
        ("self.name = other.name", []),
        ("tally.add(1)", []),
    ],
)
def test_an_assignment_to_another_is_found(text: str, found: list[str]) -> None:
    assert [what for _, _, what in _reaches(text)] == found


def test_nobody_outside_of_the_buffer_changes_what_lasts() -> None:
    changes = [
        f"{path.relative_to(PACKAGE)}:{line}: {what}"
        for path in _outside_of_the_buffer()
        for line, what in sorted(_changes(path.read_text()))
    ]

    assert changes == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("state.backlog.add(sample_pass)", ["backlog.add()"]),
        ("self._store.ledger.backlog.discard(times)", ["backlog.discard()"]),
        ("waiting = store.ledger.backlog\nwaiting.mark(times, form)", ["backlog.mark()"]),
        ("def f(what: Backlog): what.add(1)", ["backlog.add()"]),
        ("def f(what: Ledger | None): what.apply(1)", ["ledger.apply()"]),
        ("a, b = 1, Ledger()\nb.apply(1)", ["ledger.apply()"]),
        ("if (b := self.ledger.backlog): b.discard(())", ["backlog.discard()"]),
        ("self._store.ledger.remembered = 1", ["ledger.remembered ="]),
        ("store.note += 'x'", ["store.note ="]),
        ("del state.backlog.samples", ["backlog.samples ="]),
        ("self._store = store", []),
        ("store.record(PassMade(sample_pass))", []),
        ("seen.add(1); seen.discard(1)", []),
        ("ledger.backlog.passes()", []),
    ],
)
def test_a_change_is_found_by_whatever_name(text: str, found: list[str]) -> None:
    assert [what for _, what in _changes(text)] == found


def test_it_reads_the_whole_package() -> None:
    parts = {path.relative_to(PACKAGE).parts[0] for path in _outside_of_the_buffer()}

    assert {"controller", "remote_write", "report", "handlers.py"} <= parts
