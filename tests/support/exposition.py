"""Reads Prometheus' text format character by character, without a line of our writer."""

from collections.abc import Mapping
from dataclasses import dataclass, field

_UNESCAPED = {"\\": "\\", "n": "\n", '"': '"'}

Labels = frozenset[tuple[str, str]]


@dataclass(slots=True)
class Page:
    """What a scrape has read."""

    helps: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    values: dict[tuple[str, Labels], float] = field(default_factory=dict)

    def value(self, name: str, **labels: str) -> float:
        """Give the sample with exactly these labels."""
        return self.values[name, frozenset(labels.items())]

    def by_label(self, name: str, label: str, **others: str) -> Mapping[str, float]:
        """Give the samples of a metric that have these other labels, by one more."""
        wanted = set(others.items())
        return {
            dict(labels)[label]: value
            for (metric, labels), value in self.values.items()
            if metric == name and wanted <= labels
        }

    def series_of(self, label: str, value: str) -> int:
        """Count the series with a label."""
        return sum((label, value) in labels for _, labels in self.values)


def parse_page(text: str) -> Page:
    """Read a whole page.

    Raises:
        ValueError: it is not in the format, tells a series twice, or a sample before its metric.
    """
    page = Page()
    if text and not text.endswith("\n"):
        raise ValueError("the last line has no end")
    for line in text.split("\n")[:-1]:
        if line.startswith("# HELP "):
            name, _, said = line.removeprefix("# HELP ").partition(" ")
            page.helps[name] = _unescaped(said)
        elif line.startswith("# TYPE "):
            name, _, page.kinds[name] = line.removeprefix("# TYPE ").partition(" ")
        else:
            name, labels, value = _sample(line)
            if name not in page.kinds or (name, labels) in page.values:
                raise ValueError(f"out of place: {line}")
            page.values[name, labels] = value
    return page


def _sample(line: str) -> tuple[str, Labels, float]:
    name = line[: min(at for at in (line.find("{"), line.find(" ")) if at >= 0)]
    rest, pairs = line[len(name) :], []
    while rest[0] != " ":
        if rest[0] == "}":
            rest = rest[1:]
            continue
        label, _, rest = rest[1:].partition('="')
        value, rest = _quoted(rest)
        pairs.append((label, value))
    if len(dict(pairs)) != len(pairs):
        raise ValueError(f"a label twice: {line}")
    return name, frozenset(pairs), float(rest)


def _quoted(text: str) -> tuple[str, str]:
    """Read up to the quote that ends a value; give it and what follows."""
    at = 0
    while text[at] != '"':
        at += 2 if text[at] == "\\" else 1
    return _unescaped(text[:at]), text[at + 1 :]


def _unescaped(text: str) -> str:
    characters = iter(text)
    return "".join(_UNESCAPED[next(characters)] if it == "\\" else it for it in characters)
