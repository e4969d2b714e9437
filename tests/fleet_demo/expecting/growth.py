"""The truth of the dashboard of what a fleet grows to."""

from tests.fleet_demo import recorded
from tests.fleet_demo.expecting.sight import Expected, Panels, Sight, total, totals_by
from tests.fleet_demo.recorded import Recorded, Values, newest


def _of_pods(sight: Sight, at_ms: int) -> Values:
    values = newest(recorded.objects, sight.truth, at_ms)
    pods = [value for labels, value in values.items() if ("resource", "pods") in labels]
    return {(): sum(pods)} if pods else {}


def _mean(record: Recorded) -> Expected:
    """Average over the devices: sites count by how many of theirs are seen."""

    def expected(sight: Sight, at_ms: int) -> Values:
        means = newest(record, sight.truth, at_ms)
        counts = newest(recorded.seen, sight.truth, at_ms)
        both = means.keys() & counts.keys()
        if not both:
            return {}
        weighed = sum(means[site] * counts[site] for site in both)
        return {(): weighed / sum(counts[site] for site in both)}

    return expected


PANELS: Panels = {
    "Clusters": {"A": total(recorded.seen)},
    "CPU cores": {"A": total(recorded.cores)},
    "Memory": {"A": total(recorded.memory)},
    "Disk": {"A": total(recorded.disk)},
    "Running pods": {"A": _of_pods},
    "Running containers": {"A": total(recorded.containers)},
    "Clusters over time": {"A": total(recorded.seen), "B": total(recorded.new)},
    "Clusters by version": {"A": totals_by(recorded.running, "version")},
    "Clusters by deployment type": {"A": totals_by(recorded.running, "deployment_type")},
    "Clusters by architecture": {"A": totals_by(recorded.machines, "label_kubernetes_io_arch")},
    "CPU cores over time": {"A": total(recorded.cores)},
    "Memory over time": {"A": total(recorded.memory)},
    "Disk over time": {"A": total(recorded.disk)},
    "Mean usage": {
        "A": _mean(recorded.cpu_used),
        "B": _mean(recorded.memory_used),
        "C": _mean(recorded.disk_used),
    },
    "Pods and containers over time": {"A": _of_pods, "B": total(recorded.containers)},
    "Objects by kind": {"A": totals_by(recorded.objects, "resource")},
    "Objects in etcd": {"A": total(recorded.etcd_objects)},
}
