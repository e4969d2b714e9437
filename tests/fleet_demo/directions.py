"""What a visitor is told: who is in the fleet, and where to look."""

from collections import Counter
from collections.abc import Iterable
from urllib.parse import quote

from microshift_telemetry.clock import moment
from tests.fleet_demo.device import DAYS, Device, Fault
from tests.fleet_demo.server import Receiver, VictoriaMetrics
from tests.fleet_demo.truth import Truth

WORDS = {
    Fault.DARK_SITE: "at a dark site",
    Fault.SILENT: "silent",
    Fault.RETIRED: "retired",
    Fault.LONG_OUTAGE: "with a long outage",
    Fault.DROPPED: "that dropped samples",
    Fault.DISK_FILLS: "with a filling disk",
    Fault.DISK_FULL: "with a full disk",
    Fault.SPARSE: "whose older samples are refused",
    Fault.MEMORY_SHORT: "short of memory",
    Fault.CLOCK_AHEAD: "with a clock ahead",
    Fault.CLOCK_BEHIND: "with a clock behind",
    Fault.ROLLED_BACK: "rolled back",
    Fault.STARTS_SLOWLY: "with a slow start",
    Fault.LEFT_BEHIND: "never updated",
}
GRAPHS = {
    "versions over time": "sum by (version) (last_over_time(site:microshift_version:count[3h]))",
    "devices seen, by site": "last_over_time(site:microshift_devices_seen:count[3h])",
    "the fullest disks": "topk(10, last_over_time(cluster:disk_usage_bytes:sum[26h]))",
}


def faults_told(devices: Iterable[Device]) -> str:
    """Count the devices of each fault, in a sentence."""
    counts = Counter(each.fault for each in devices)
    return ", ".join(f"{counts[fault]} {words}" for fault, words in WORDS.items())


def directions(receiver: Receiver, truth: Truth, now_ms: int) -> list[str]:
    """Give the addresses of graphs, and one device of each fault."""
    lines = [f"  {receiver.name} listens on {receiver.url}", ""]
    for name, query in GRAPHS.items():
        lines += [f"  {name}:", f"    {graph_url(receiver, query, now_ms)}"]
    lines += ["", "  One device of each kind:"]
    seen = set[Fault]()
    for each in truth.known:
        fault = each.device.fault
        if fault is not None and fault not in seen:
            seen.add(fault)
            lines.append(f"    {each.device.id}  {each.device.site}  {WORDS[fault]}")
    return lines


def graph_url(receiver: Receiver, query: str, now_ms: int) -> str:
    """Give the address of a graph over the whole time of the fleet, on the receiver's own page."""
    asked, end = f"g0.expr={quote(query)}&g0.range_input={DAYS}d", moment(now_ms)
    if isinstance(receiver, VictoriaMetrics):
        return f"{receiver.url}/vmui/#/?{asked}&g0.end_input={end:%Y-%m-%dT%H:%M:%S}&g0.tab=0"
    return f"{receiver.url}/query?{asked}&g0.end_input={quote(f'{end:%Y-%m-%d %H:%M:%S}')}&g0.tab=0"
