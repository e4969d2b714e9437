"""The truth of the dashboard of the whole fleet."""

from tests.fleet_demo import recorded
from tests.fleet_demo.expecting.sight import Panels, listed, percent, total, totals_by
from tests.fleet_demo.expecting.starts import failed, slow_table
from tests.fleet_demo.expecting.versions import behind_table, rolled_back_table
from tests.fleet_demo.life import DISK

PANELS: Panels = {
    "Devices seen": {"A": total(recorded.seen)},
    "Devices silent": {"A": total(recorded.silent)},
    "Share of devices silent": {"A": percent(total(recorded.silent), total(recorded.known))},
    "Devices new": {"A": total(recorded.new)},
    "CPU cores installed": {"A": total(recorded.cores)},
    "Memory installed": {"A": total(recorded.memory)},
    "Versions": {"A": totals_by(recorded.running, "version")},
    "Deployment types": {"A": totals_by(recorded.running, "deployment_type")},
    "Architectures": {"A": totals_by(recorded.machines, "label_kubernetes_io_arch")},
    "Operating systems": {"A": totals_by(recorded.machines, "label_node_openshift_io_os_id")},
    "Devices over time": {
        "A": total(recorded.seen),
        "B": total(recorded.silent),
        "C": total(recorded.new),
    },
    "Versions over time": {"A": totals_by(recorded.running, "version")},
    "CPU cores installed over time": {"A": total(recorded.cores)},
    "Memory installed over time": {"A": total(recorded.memory)},
    "Starts by kind": {"A": totals_by(recorded.starts, "command")},
    "Starts that failed": {"A": failed()},
    "Slow starts": {"A": slow_table},
    "Sites": {
        "A": totals_by(recorded.seen, "site"),
        "B": totals_by(recorded.silent, "site"),
        "C": percent(totals_by(recorded.silent, "site"), totals_by(recorded.known, "site")),
        "D": totals_by(recorded.cores, "site"),
        "E": totals_by(recorded.memory, "site"),
        "F": totals_by(recorded.disk_used, "site"),
    },
    "Silent devices": {
        "A": listed(
            lambda each, at_ms: 1.0 if each.is_known(at_ms) and not each.is_seen(at_ms) else None
        )
    },
    "Disk usage": {"A": listed(lambda each, at_ms: each.last(DISK, at_ms, each.window_ms))},
    "Devices behind the newest version": {"A": behind_table},
    "Devices rolled back": {"A": rolled_back_table},
}
