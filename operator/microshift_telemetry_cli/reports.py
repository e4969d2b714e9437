"""The operator's pages of reports as JSON → what the screens speak of.

A page may be of another version of the operator: what is missing or strange is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from http.client import responses
from itertools import groupby
from typing import Any

from microshift_telemetry_cli.destination import number_in
from microshift_telemetry_cli.words import count, parse_time

NAME = "__name__"
NO_ANSWER = "no answer"
NOTHING_SENT = "nothing was sent yet"
NOTHING_KEPT = "spec.reportHistoryLimit is 0"


@dataclass(frozen=True)
class Point:
    """The newest sample of a series."""

    labels: Mapping[str, str]
    time_ms: int
    value: float

    @property
    def name(self) -> str:
        """The metric's name."""
        return self.labels.get(NAME, "")


Points = Mapping[Any, Point]
"""By labels."""


def objects(body: object, key: str) -> list[Mapping[str, Any]]:
    """List the objects of a member."""
    found = body.get(key) if isinstance(body, Mapping) else None
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def text_in(body: object, key: str) -> str:
    """Give a text of an object; empty where there is none."""
    found = body.get(key) if isinstance(body, Mapping) else None
    return found if isinstance(found, str) else ""


def sent_reports(history: object) -> list[Mapping[str, Any]]:
    """List the reports of which something was sent, oldest first."""
    return [each for each in objects(history, "reports") if objects(each, "requests")]


def why_there_is_none(history: object) -> str:
    """Say why no report is kept."""
    if note := text_in(history, "note"):
        return note
    is_off = isinstance(history, Mapping) and number_in(history, "limit") == 0
    return NOTHING_KEPT if is_off else NOTHING_SENT


def points_of(report: object) -> Points:
    """Give the newest sample of each series, whichever request it is in."""
    points: dict[Any, Point] = {}
    for series in _series(report):
        labels = labels_of(series)
        key = frozenset(labels.items())
        for time_ms, value in _samples(series):
            if key not in points or time_ms >= points[key].time_ms:
                points[key] = Point(labels, time_ms, value)
    return points


def labels_of(series: Mapping[str, Any]) -> dict[str, str]:
    """Give the labels of a series."""
    labels = series.get("labels")
    found = labels.items() if isinstance(labels, Mapping) else ()
    return {str(name): str(value) for name, value in found}


def counts(report: object) -> tuple[int, int, int, int]:
    """Count requests, series, samples and bytes; a series is one however many requests hold it."""
    requests, series = objects(report, "requests"), list(_series(report))
    return (
        len(requests),
        len({frozenset(labels_of(each).items()) for each in series}),
        sum(1 for each in series for _ in _samples(each)),
        sum(number_in(each, "bytes") or 0 for each in requests),
    )


def sent_at(report: object) -> datetime | None:
    """Tell when the first request of a report was sent."""
    for request in objects(report, "requests"):
        if at := parse_time(request.get("time")):
            return at
    return None


def answers(report: object) -> str:
    """Say how the requests were answered, in the order in which they were sent."""
    said = [(word, len(list(same))) for word, same in groupby(map(_answer, _requests(report)))]
    if len(said) == 1:
        return said[0][0]
    return ", ".join(f"{word} ({count(number, 'request')})" for word, number in said)


def status_codes(report: object) -> list[int | None]:
    """List the answers' codes; None where there was no answer."""
    answered = (request.get("answer") for request in _requests(report))
    return [
        number_in(each, "statusCode") if isinstance(each, Mapping) else None for each in answered
    ]


def _answer(request: Mapping[str, Any]) -> str:
    answer = request.get("answer")
    if not isinstance(answer, Mapping):
        return NO_ANSWER
    code = number_in(answer, "statusCode")
    if code is None:
        error = text_in(answer, "error")
        return f"not answered: {error}" if error else NO_ANSWER
    return f"{code} {responses.get(code, '')}".rstrip()


def _requests(report: object) -> list[Mapping[str, Any]]:
    return objects(report, "requests")


def _series(report: object) -> Iterator[Mapping[str, Any]]:
    for request in _requests(report):
        yield from objects(request, "series")


def _samples(series: Mapping[str, Any]) -> Iterator[tuple[int, float]]:
    found = series.get("samples")
    for each in found if isinstance(found, list) else ():
        if isinstance(each, list) and len(each) > 1 and all(_is_number(part) for part in each[:2]):
            yield int(each[0]), float(each[1])


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
