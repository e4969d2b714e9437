"""What `preview --diff` shows: series that are new, gone or changed, and their values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import chain

from microshift_telemetry_cli.diff import Change, Difference, number
from microshift_telemetry_cli.history_screen import marked
from microshift_telemetry_cli.reports import NAME, answers, sent_at
from microshift_telemetry_cli.style import Style
from microshift_telemetry_cli.words import count, field, paragraph, relative, timestamp

_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


def diff_screen(name: str, found: Difference, now: datetime, style: Style) -> list[str]:
    """Write the difference, at most 80 columns wide."""
    flags = " --dry-run" if found.is_dry_run else ""
    said = f"{style.strong(name)}{', a dry run' if found.is_dry_run else ''}: {_summary(found)}"
    if found.last is None:
        upcoming = count(len(found.after), "series")
        more = f"kubectl telemetry preview {name}{flags}"
        return [
            said,
            *field("why", found.why_none),
            *field("next report", upcoming),
            *field("more", more),
        ]
    return [said, *_comparison(found, now, style), *_entries(found, style)]


def _summary(found: Difference) -> str:
    if found.last is None:
        return "no earlier report to compare with"
    if not found.after:
        return "nothing waits for the next report yet"
    series = count(len(found.after), "series")
    kinds = (
        (len(found.added), "new"),
        (len(found.changed), "changed"),
        (found.equal, "equal"),
        (len(found.removed), "gone"),
    )
    if found.equal == len(found.before) == len(found.after):
        return f"{series}, all equal"
    return f"{series}: {', '.join(f'{many:,} {word}' for many, word in kinds if many)}"


def _comparison(found: Difference, now: datetime, style: Style) -> Iterator[str]:
    """Say with what it is compared, and what need not be repeated with every series."""
    at = sent_at(found.last)
    when = "a time not known" if at is None else f"{timestamp(at)}, {relative(at, now)}"
    mark, said = marked(found.last, style), answers(found.last)
    first, *others = field("last report", f"{when}: {said}")
    yield first.replace(said, mark(said))
    yield from others
    shared = _shared(found)
    if shared and (found.added or found.removed):
        yield from field("all have", _written(shared))


def _entries(found: Difference, style: Style) -> Iterator[str]:
    shared = _shared(found)
    if found.added or found.removed or found.changed:
        yield ""
    for sign, points in ((style.good("+"), found.added), (style.bad("-"), found.removed)):
        for each in points:
            own = {key: value for key, value in each.labels.items() if key not in shared}
            yield from _entry(sign, f"{_series(each.name, own)}  {number(each.value)}")
    for change in found.changed:
        yield from _entry(" ", f"{_changed(change, found)}  {_values(change)}")


def _entry(sign: str, text: str) -> Iterator[str]:
    first, *others = paragraph(text, 4)
    yield f"{sign} {first.lstrip()}"
    yield from others


def _changed(change: Change, found: Difference) -> str:
    """Write a series by the labels that have changed, or tell it from others of its name."""
    before, after = change.before.labels, change.after.labels
    telling = _telling(
        each.labels
        for each in chain(found.before.values(), found.after.values())
        if each.name == change.after.name
    )
    parts = [
        _pair(label, before.get(label), after.get(label))
        for label in sorted({*before, *after})
        if label in telling
    ]
    return f"{change.after.name}{{{', '.join(parts)}}}" if parts else change.after.name


def _pair(label: str, before: str | None, after: str | None) -> str:
    if before == after:
        return f"{label}={_quoted(after)}"
    return f"{label}={_quoted(before)} -> {_quoted(after)}"


def _values(change: Change) -> str:
    before, after = number(change.before.value), number(change.after.value)
    return after if before == after else f"{before} -> {after}"


def _telling(labels: Iterable[Mapping[str, str]]) -> set[str]:
    """Find the labels in which series differ."""
    known = list(labels)
    names = {name for each in known for name in each}
    return {name for name in names if len({each.get(name) for each in known}) > 1}


def _shared(found: Difference) -> dict[str, str]:
    """Find the labels that are the same in every series of both reports."""
    known = [each.labels for each in chain(found.before.values(), found.after.values())]
    if len(known) < 2:
        return {}
    telling = {NAME, *_telling(known)}
    return {name: value for name, value in known[0].items() if name not in telling}


def _series(name: str, labels: Mapping[str, str]) -> str:
    own = {key: value for key, value in labels.items() if key != NAME}
    return f"{name}{{{_written(own)}}}" if own else name


def _written(labels: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={_quoted(labels[name])}" for name in sorted(labels))


def _quoted(value: str | None) -> str:
    """Write a label's value; a label that is not there is as one that is empty."""
    return f'"{(value or "").translate(_ESCAPES)}"'
