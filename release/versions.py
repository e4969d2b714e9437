"""Versions, and what CHANGELOG.md says of each."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
HEADING = re.compile(r"^## \[(?P<name>[^\]]+)\](?: - (?P<date>\S+))?$", re.MULTILINE)
UNRELEASED = "Unreleased"


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of CHANGELOG.md, and whether anything is below it."""

    name: str
    date: str | None
    is_empty: bool


def parse_version(text: str) -> tuple[int, ...]:
    """Read a version, to be compared with others.

    Raises:
        ValueError: it is not three numbers, which all that carries a version can hold.
    """
    if not VERSION.fullmatch(text):
        raise ValueError(f"{text!r} is not a version: take three numbers, as in 0.2.0")
    return tuple(map(int, text.split(".")))


def sections(changelog: str) -> Sequence[Section]:
    """List the sections, the newest first."""
    found = [*HEADING.finditer(changelog)]
    ends = [each.start() for each in found[1:]] + [len(changelog)]
    return [
        Section(each["name"], each["date"], is_empty=not changelog[each.end() : end].strip())
        for each, end in zip(found, ends, strict=True)
    ]


def changelog_complaints(changelog: str, version: str, today: date) -> Iterator[str]:
    """Say what keeps a version from being released with this changelog."""
    listed = sections(changelog)
    names = [each.name for each in listed]
    if version not in names:
        yield f"CHANGELOG.md has no section [{version}]: run `make version VERSION={version}`"
        return
    section = listed[names.index(version)]
    newer = listed[: names.index(version)]
    if section.is_empty:
        yield f"CHANGELOG.md: the section [{version}] is empty"
    yield from _date_complaints(section, today)
    for each in newer:
        if each.name != UNRELEASED:
            yield f"CHANGELOG.md: [{each.name}] stands above [{version}]"
        elif not each.is_empty:
            yield f"CHANGELOG.md: changes under [{UNRELEASED}] would be part of {version}, unsaid"


def order_complaints(version: str, others: Sequence[str]) -> Iterator[str]:
    """Name the highest of the other versions, if it is not lower."""
    known = [each for each in others if VERSION.fullmatch(each)]
    highest = max(known, key=parse_version, default="")
    if highest and parse_version(version) <= parse_version(highest):
        yield f"{version} is not greater than {highest}, which was released before"


def with_release(changelog: str, version: str, today: date) -> str:
    """Give what is unreleased a version and a date.

    Raises:
        ValueError: nothing is unreleased, or the version is not greater than those before.
    """
    listed = sections(changelog)
    if not listed or listed[0].name != UNRELEASED or listed[0].is_empty:
        raise ValueError(f"CHANGELOG.md: nothing stands under [{UNRELEASED}]")
    for complaint in order_complaints(version, [each.name for each in listed]):
        raise ValueError(complaint)
    heading = f"## [{UNRELEASED}]"
    return changelog.replace(heading, f"## [{version}] - {today.isoformat()}", 1)


def _date_complaints(section: Section, today: date) -> Iterator[str]:
    try:
        day = date.fromisoformat(section.date or "")
    except ValueError:
        yield f"CHANGELOG.md: the section [{section.name}] has no date: YYYY-MM-DD"
        return
    if day > today:
        yield f"CHANGELOG.md: the section [{section.name}] is of a day to come, {day}"
