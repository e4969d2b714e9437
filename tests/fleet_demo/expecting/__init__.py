"""What each panel and each alert should show, computed from the devices' lives alone.

A panel without an entry here fails the check, and so does an entry without a panel.
"""

from collections.abc import Mapping

from tests.fleet_demo.expecting import delivery, device, fleet, growth
from tests.fleet_demo.expecting.alerts import ALERTS
from tests.fleet_demo.expecting.sight import Expected, Sight

__all__ = ["ALERTS", "PANELS", "Expected", "Sight"]

PANELS: Mapping[tuple[str, str], Mapping[str, Expected]] = {
    (name, title): truths
    for name, panels in (
        ("fleet", fleet.PANELS),
        ("delivery", delivery.PANELS),
        ("growth", growth.PANELS),
        ("device", device.PANELS),
    )
    for title, truths in panels.items()
}
"""(dashboard, title) → the truth of each of its queries, by reference."""
