"""What every dashboard has: its variables, links to the others, rows of panels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models.common import TimeZoneBrowser

from fleet.mixin.config import Config
from fleet.mixin.names import HEARTBEAT
from fleet.mixin.panels import SOURCE, AnyPanel

TAG = "microshift-telemetry"
UID = "microshift-telemetry-{}"


@dataclass(frozen=True, slots=True)
class Page:
    """One dashboard: its rows by their titles."""

    name: str
    """Of its file, and the end of its uid."""
    title: str
    description: str
    rows: Mapping[str, Sequence[AnyPanel]]
    days: int
    """How far its charts look back at first."""
    device: bool = False
    """Whether it has a variable `_id`."""


def link_to_device() -> str:
    """Give the address of the page of a table row's device."""
    return f"/d/{UID.format('device')}?${{datasource:queryparam}}&var-_id=${{__data.fields.Device}}"


def only_sites(config: Config) -> str:
    """Give the matcher of the sites that are chosen on a page."""
    return f'{config.site_label}=~"$site"'


def built(page: Page, config: Config) -> model.Dashboard:
    """Put a page together."""
    builder = (
        dashboard.Dashboard(page.title)
        .uid(UID.format(page.name))
        .description(page.description)
        .tags([TAG])
        .time(f"now-{page.days}d", "now")
        .timezone(TimeZoneBrowser)
        .refresh("15m")
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
        .editable()
        .link(
            dashboard.DashboardLink("MicroShift telemetry")
            .type(model.DashboardLinkType.DASHBOARDS)
            .tags([TAG])
            .include_vars(include_vars=True)
            .keep_time(keep_time=True)
        )
    )
    for variable in _variables(page, config):
        builder.with_variable(variable)
    for title, panels in page.rows.items():
        builder.with_row(dashboard.Row(title))
        for panel in panels:
            builder.with_panel(panel)
    return _numbered(builder.build())


def _variables(
    page: Page, config: Config
) -> list[dashboard.DatasourceVariable | dashboard.QueryVariable]:
    site = (
        _of_labels("site", "Site", f"label_values({HEARTBEAT}, {config.site_label})")
        .multi(multi=True)
        .include_all(include_all=True)
        .all_value(".*")
        .current(model.VariableOption(selected=True, text=["All"], value=["$__all"]))
    )
    device = _of_labels("_id", "Device", f"label_values({HEARTBEAT}{{{only_sites(config)}}}, _id)")
    source = dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus")
    return [source, site, device] if page.device else [source, site]


def _of_labels(name: str, label: str, query: str) -> dashboard.QueryVariable:
    return (
        dashboard.QueryVariable(name)
        .label(label)
        .datasource(SOURCE)
        .query(query)
        .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(model.VariableSort.ALPHABETICAL_ASC)
    )


def _numbered(built: model.Dashboard) -> model.Dashboard:
    """Give every panel the number that Grafana needs to link to it."""
    for number, panel in enumerate(built.panels or (), start=1):
        panel.id_val = number
    return built
