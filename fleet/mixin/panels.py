"""Panels as the dashboards use them: a few kinds, one look."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from grafana_foundation_sdk.builders import common, dashboard, piechart, prometheus, timeseries
from grafana_foundation_sdk.builders import stat as stats
from grafana_foundation_sdk.builders import table as tables
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    BigValueGraphMode,
    BigValueTextMode,
    DataSourceRef,
    LegendDisplayMode,
    LegendPlacement,
    StackingMode,
    TooltipDisplayMode,
    VisibilityMode,
)
from grafana_foundation_sdk.models.piechart import PieChartLegendValues
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

AnyPanel = stats.Panel | timeseries.Panel | tables.Panel | piechart.Panel
SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
HOURLY = "1h"
"""The shortest step of a chart: samples are an hour apart."""


@dataclass(frozen=True, slots=True)
class About:
    """What a panel says of itself."""

    title: str
    description: str
    unit: str = "short"
    steps: Sequence[tuple[float, str]] = ()
    """Where the color changes, ascending; below the first it is green."""
    no_value: str = "no data"
    """What stands where no series answers, as without the recording rules."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: a label, or the value of one of its queries."""

    field: str
    title: str
    unit: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Rows:
    """A table's queries by their letter, and its columns from left to right."""

    queries: Mapping[str, str]
    columns: Sequence[Column]
    joined_by: str = ""
    """Label by which the answers of several queries become one row."""
    sorted_by: str = field(default="", kw_only=True)


def stat(about: About, expr: str, *, width: int = 4) -> stats.Panel:
    """Show one number of now."""
    return (
        stats.Panel()
        .with_target(_instant(expr))
        .graph_mode(BigValueGraphMode.NONE)
        .color_mode(BigValueColorMode.VALUE if about.steps else BigValueColorMode.NONE)
        .reduce_options(_last())
        .title(about.title)
        .description(about.description)
        .unit(about.unit)
        .no_value(about.no_value)
        .thresholds(_thresholds(about))
        .datasource(SOURCE)
        .span(width)
        .height(4)
    )


def name(about: About, expr: str, legend: str, *, width: int = 4) -> stats.Panel:
    """Show a label of now, such as a version."""
    return (
        stat(about, "", width=width)
        .targets([_instant(expr).legend_format(legend)])
        .text_mode(BigValueTextMode.NAME)
    )


def chart(
    about: About,
    queries: Mapping[str, str],
    *,
    stacked: bool = False,
    width: int = 12,
    maximum: float | None = None,
) -> timeseries.Panel:
    """Draw lines over time; `queries` are expressions by their legend."""
    panel = (
        timeseries.Panel()
        .title(about.title)
        .description(about.description)
        .unit(about.unit)
        .min(0)
        .thresholds(_thresholds(about))
        .datasource(SOURCE)
        .interval(HOURLY)
        .fill_opacity(30 if stacked else 10)
        .show_points(VisibilityMode.AUTO)
        .legend(
            common.VizLegendOptions()
            .display_mode(LegendDisplayMode.LIST)
            .placement(LegendPlacement.BOTTOM)
            .show_legend(show_legend=True)
        )
        .tooltip(common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI))
        .span(width)
        .height(8)
    )
    if maximum is not None:
        panel.max(maximum)
    if stacked:
        panel.stacking(common.StackingConfig().mode(StackingMode.NORMAL).group("A"))
    for letter, (legend, expr) in zip("ABCDEFGH", queries.items(), strict=False):
        panel.with_target(_query(expr, letter).range().legend_format(legend))
    return panel


def shares(about: About, expr: str, legend: str, *, width: int = 6) -> piechart.Panel:
    """Show how a whole is divided now."""
    return (
        piechart.Panel()
        .with_target(_instant(expr).legend_format(legend))
        .title(about.title)
        .description(about.description)
        .unit(about.unit)
        .datasource(SOURCE)
        .reduce_options(_last())
        .legend(
            piechart.PieChartLegendOptions()
            .display_mode(LegendDisplayMode.TABLE)
            .placement(LegendPlacement.RIGHT)
            .show_legend(show_legend=True)
            .values([PieChartLegendValues.VALUE, PieChartLegendValues.PERCENT])
        )
        .span(width)
        .height(8)
    )


def table(about: About, rows: Rows, *, width: int = 24) -> tables.Panel:
    """List what is now, a row for each device or site."""
    panel = (
        tables.Panel()
        .title(about.title)
        .description(about.description)
        .datasource(SOURCE)
        .filterable(filterable=True)
        .thresholds(_thresholds(about))
        .span(width)
        .height(10)
    )
    for letter, expr in rows.queries.items():
        panel.with_target(_instant(expr, letter).format(PromQueryFormat.TABLE))
    for transformation in _transformations(rows):
        panel.with_transformation(transformation)
    for column in rows.columns:
        if properties := _properties(column):
            panel.override_by_name(column.title, properties)
    if rows.sorted_by:
        by = common.TableSortByFieldState().display_name(rows.sorted_by).desc(desc=True)
        panel.sort_by([by])
    return panel


def _transformations(rows: Rows) -> Iterator[model.DataTransformerConfig]:
    titles = {column.field: column.title for column in rows.columns}
    if rows.joined_by:
        join = {"byField": rows.joined_by, "mode": "outer"}
        yield model.DataTransformerConfig(id_val="joinByField", options=join)
    chosen = {"include": {"names": list(titles)}}
    yield model.DataTransformerConfig(id_val="filterFieldsByName", options=chosen)
    order = {
        "renameByName": titles,
        "indexByName": {each: place for place, each in enumerate(titles)},
        "excludeByName": {},
    }
    yield model.DataTransformerConfig(id_val="organize", options=order)


def _properties(column: Column) -> list[model.DynamicConfigValue]:
    found = []
    if column.unit:
        found.append(model.DynamicConfigValue(id_val="unit", value=column.unit))
    if column.link:
        link = {"title": "Show the device", "url": column.link}
        found.append(model.DynamicConfigValue(id_val="links", value=[link]))
    return found


def _query(expr: str, letter: str = "A") -> prometheus.Dataquery:
    return prometheus.Dataquery().expr(expr).ref_id(letter).datasource(SOURCE)


def _instant(expr: str, letter: str = "A") -> prometheus.Dataquery:
    return _query(expr, letter).instant()


def _last() -> common.ReduceDataOptions:
    return common.ReduceDataOptions().calcs(["lastNotNull"]).values(values=False)


def _thresholds(about: About) -> dashboard.ThresholdsConfig:
    steps = [model.Threshold(value=None, color="green")]
    steps += [model.Threshold(value=value, color=color) for value, color in about.steps]
    return dashboard.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(steps)
