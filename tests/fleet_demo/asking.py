"""Asks the receiver as Grafana does, over the API that Prometheus has too."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode

from tests.fleet_demo.dashboards import (
    Dashboard,
    DashboardError,
    Panel,
    Target,
    Variable,
    replaced,
    step_ms,
)
from tests.receivers.store import Labels, get, labels_of

Points = Mapping[int, float]
"""Time in ms → value."""
Answer = Mapping[Labels, Points]
"""Labels without the metric's name → points; an instant query has one point a series."""
LOOK_BACK = {"max_lookback": "5m"}
"""As Prometheus: VictoriaMetrics looks back as far as a series' own samples are apart, and a query
that needs this is wrong elsewhere."""
NAME = frozenset({"__name__"})
SPECIAL = re.compile(r"[\\^$*+?.()|\[\]{}]")
"""What Grafana escapes in a value of a regular expression."""
LABEL_VALUES = re.compile(r"label_values\((?:(.+),)?\s*(\w+)\s*\)", re.DOTALL)


class QueryError(Exception):
    """The receiver does not answer a query; the text has the query and what was said."""


@dataclass(frozen=True, slots=True)
class Question:
    """One query as it is sent."""

    query: str
    times_ms: range
    """Every moment that it is evaluated at: one for an instant query."""


def question(
    panel: Panel, target: Target, values: Mapping[str, str], dashboard: Dashboard, now_ms: int
) -> Question:
    """Write out a target as Grafana sends it."""
    step = step_ms(panel, dashboard.range_ms)
    query = replaced(target.expr, values, dashboard.range_ms, step)
    if target.is_instant:
        return Question(query, range(now_ms, now_ms + 1))
    end_ms = now_ms - now_ms % step
    begin_ms = now_ms - dashboard.range_ms
    return Question(query, range(begin_ms - begin_ms % step, end_ms + 1, step))


class Api:
    """Prometheus' HTTP API of one receiver."""

    def __init__(self, url: str) -> None:
        """Ask below `url`."""
        self._url = f"{url}/api/v1"

    def answer(self, asked: Question) -> Answer:
        """Evaluate a query at every moment that is asked for.

        Raises:
            QueryError: the query is refused.
        """
        if len(asked.times_ms) == 1:
            return self.at(asked.query, asked.times_ms[0])
        parameters = {
            "query": asked.query,
            "start": asked.times_ms[0] / 1000,
            "end": asked.times_ms[-1] / 1000,
            "step": asked.times_ms.step / 1000,
            **LOOK_BACK,
        }
        return _series(asked.query, self._asked("query_range", parameters), "values")

    def at(self, query: str, now_ms: int) -> Answer:
        """Evaluate a query at one moment.

        Raises:
            QueryError: the query is refused.
        """
        found = self._asked("query", {"query": query, "time": now_ms / 1000, **LOOK_BACK})
        return _series(query, found, "value")

    def label_values(self, label: str, selector: str, begin_ms: int, now_ms: int) -> list[str]:
        """Give the values that a label has on the series that a selector finds in a time."""
        asked: dict[str, Any] = {"start": begin_ms / 1000, "end": now_ms / 1000}
        if selector:
            asked["match[]"] = selector
        return sorted(self._asked(f"label/{label}/values", asked))

    def _asked(self, path: str, parameters: Mapping[str, Any]) -> Any:
        try:
            return json.loads(get(f"{self._url}/{path}?{urlencode(parameters)}"))["data"]
        except HTTPError as error:
            with error:
                said = error.read().decode(errors="replace")
            asked = parameters.get("query", path)
            raise QueryError(f"{asked}: {error.code}: {said.strip()[:300]}") from error


def variable_values(api: Api, dashboard: Dashboard, now_ms: int) -> dict[str, list[str]]:
    """Give the choices of each variable of a dashboard, as Grafana finds them.

    Raises:
        DashboardError: a variable is of a kind that is not understood.
    """
    choices: dict[str, list[str]] = {}
    first: dict[str, str] = {}
    for variable in dashboard.variables:
        match variable.kind:
            case "datasource":
                choices[variable.name] = ["VictoriaMetrics"]
            case "constant" | "textbox":
                choices[variable.name] = [variable.current or variable.query]
            case "custom" | "interval":
                choices[variable.name] = [each.strip() for each in variable.query.split(",")]
            case "query":
                found = LABEL_VALUES.fullmatch(variable.query.strip())
                if found is None:
                    raise DashboardError(f"{variable.name}: {variable.query} is not understood")
                selector = replaced(found[1] or "", first, dashboard.range_ms, 0)
                begin_ms = now_ms - dashboard.range_ms
                choices[variable.name] = api.label_values(found[2], selector, begin_ms, now_ms)
            case _:
                raise DashboardError(f"{variable.name}: a {variable.kind} is not understood")
        first[variable.name] = chosen(variable, choices[variable.name])
    return choices


def chosen(variable: Variable, values: Sequence[str]) -> str:
    """Give what Grafana writes for a variable at first sight: all, or the one that was saved."""
    if variable.has_all:
        every = "|".join(SPECIAL.sub(r"\\\g<0>", each) for each in values)
        return variable.all_value or f"({every})"
    return variable.current if variable.current in values else next(iter(values), "")


def _series(query: str, data: Any, field: str) -> Answer:
    if data["resultType"] == "scalar":
        return {(): _points([data["result"]])}
    answer: dict[Labels, Points] = {}
    for series in data["result"]:
        labels = labels_of(series["metric"], but=NAME)
        if labels in answer:
            raise QueryError(f"{query}: two series with the labels {dict(labels)}")
        values = series[field]
        answer[labels] = _points([values] if field == "value" else values)
    return answer


def _points(values: list[Any]) -> Points:
    return {round(float(seconds) * 1000): float(value) for seconds, value in values}
