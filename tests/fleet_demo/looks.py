"""What a visitor may choose at the top of a dashboard, and what is in sight then."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.fleet_demo.asking import chosen
from tests.fleet_demo.dashboards import Dashboard
from tests.fleet_demo.device import Fault
from tests.fleet_demo.planning import DARK_SITE
from tests.fleet_demo.truth import Truth

ID, SITE = frozenset({"id", "_id", "device"}), frozenset({"site"})
"""How a variable is named that chooses devices, and one that chooses sites."""


@dataclass(frozen=True, slots=True)
class Look:
    """One choice of values."""

    name: str
    values: Mapping[str, str]
    """As Grafana writes them into a query."""
    truth: Truth
    """Of what is in sight."""
    fleet: Truth
    """Of everything."""


def looks(
    dashboard: Dashboard, choices: Mapping[str, Sequence[str]], truth: Truth
) -> Iterator[Look]:
    """Give the first sight, then one site alone, or one device of each fault."""
    variables = {each.name: each for each in dashboard.variables}
    first = {name: chosen(variables[name], values) for name, values in choices.items()}
    ids = [name for name in variables if name.lower() in ID]
    sites = [name for name in variables if name.lower() in SITE]
    if ids:
        for name, device_id in _one_of_each(truth, choices[ids[0]]):
            yield Look(
                name, {**first, ids[0]: device_id}, truth.only(ids=frozenset({device_id})), truth
            )
        return
    yield Look("all", first, truth, truth)
    for site in (DARK_SITE, *(choices[sites[0]][-1:] if sites else ())) if sites else ():
        yield Look(site, {**first, sites[0]: site}, truth.only(sites=frozenset({site})), truth)


def _one_of_each(truth: Truth, offered: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Give a device without a fault and one of each fault, of those that may be chosen."""
    can_be_chosen = set(offered)
    for fault in (None, *Fault):
        found = [
            each.device.id
            for each in truth.known
            if each.device.fault is fault
            and each.device.every_days == 1
            and each.device.id in can_be_chosen
        ]
        if found:
            yield ("no fault" if fault is None else fault.name.lower()), found[0]
    slow = [each.device.id for each in truth.known if each.device.every_days > 1]
    yield from (("slow", each) for each in slow[:1] if each in can_be_chosen)
