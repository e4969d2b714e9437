"""What a run has measured: figures and curves, part by part, kept in `bench/results.json`."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from tests.support.go_toolchain import REPOSITORY

RESULTS = REPOSITORY / "bench" / "results.json"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number."""

    key: str
    what: str
    value: float
    unit: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Curve:
    """One plot: a line a name, each of (x, y) points."""

    key: str
    title: str
    x: str
    y: str
    lines: dict[str, list[tuple[float, float]]]


@dataclass(frozen=True, slots=True)
class Table:
    """Figures side by side, as they are read."""

    head: list[str]
    rows: list[list[str]]


@dataclass(slots=True)
class Part:
    """What one part of the benchmark has found."""

    name: str
    figures: list[Figure] = field(default_factory=list)
    curves: list[Curve] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    """With one, the report shows it in place of the figures."""
    seconds: float = 0.0
    """How long it took."""
    at: str = ""
    """When it ended, RFC 3339."""
    revision: str = ""
    """Of which commit; with a `+` what was not committed yet, too."""
    machine: dict[str, str] = field(default_factory=dict)

    def add(self, key: str, what: str, value: float, unit: str, note: str = "") -> None:
        """Note a figure under the part's name."""
        self.figures.append(Figure(f"{self.name}.{key}", what, value, unit, note))

    @classmethod
    def from_json(cls, name: str, content: dict[str, Any]) -> Self:
        """Read a part back."""
        return cls(
            name,
            [Figure(**each) for each in content["figures"]],
            [Curve(**each) for each in content["curves"]],
            content["notes"],
            [Table(**each) for each in content["tables"]],
            content["seconds"],
            content["at"],
            content["revision"],
            content["machine"],
        )


def shown(value: float, unlike: float | None = None) -> str:
    """Write a number with three digits that count, or whole.

    Args:
        value: the number.
        unlike: one that it must not look like where it differs: more digits are written then.
    """
    text = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    if unlike is None or value == unlike or text != shown(unlike):
        return text
    return next(longer for digits in range(4, 18) if (longer := f"{value:.{digits}g}") != text)


def load(path: Path) -> dict[str, Part]:
    """Read what earlier runs have left; a part that is run again takes the place of its old one."""
    if not path.exists():
        return {}
    content = json.loads(path.read_text())
    return {name: Part.from_json(name, part) for name, part in content.items()}


def save(parts: dict[str, Part], path: Path) -> None:
    """Write all parts."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {name: _as_json(part) for name, part in parts.items()}
    path.write_text(json.dumps(content, indent=1) + "\n")


def _as_json(part: Part) -> dict[str, Any]:
    content = asdict(part)
    del content["name"]
    for figure in content["figures"]:
        figure["value"] = float(f"{figure['value']:.6g}")
    for curve in content["curves"]:
        curve["lines"] = {
            name: [[float(f"{x:.6g}"), float(f"{y:.4g}")] for x, y in line]
            for name, line in curve["lines"].items()
        }
    return content
