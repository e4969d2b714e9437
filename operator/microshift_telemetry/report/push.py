"""What a push gateway gets of a start of MicroShift: nothing in it names the device.

Source: Prometheus, "Text-based format", version 0.0.4; Pushgateway, "API".
"""

from dataclasses import replace

from microshift_telemetry.report.exposition import CONTENT_TYPE, Family, text_format
from microshift_telemetry.sample.metrics import LIFECYCLE_CATALOGUE
from microshift_telemetry.sample.sample import Labels
from microshift_telemetry.sources.launch import Launch, readings
from microshift_telemetry.spec.endpoint import Endpoint
from microshift_telemetry.spec.lifecycle import Lifecycle

JOB_PATH = "/metrics/job/microshift_telemetry"
"""A grouping key beyond the job would tell devices apart."""
HEADERS = {
    "Accept-Encoding": "identity",
    "Content-Type": CONTENT_TYPE,
    "User-Agent": "microshift-telemetry",
}


def push_endpoint(gateway: Endpoint) -> Endpoint:
    """Tell where a push goes: below the URL of the spec."""
    url, written = (f"{each.rstrip('/')}{JOB_PATH}" for each in (gateway.url, gateway.written))
    return replace(gateway, url=url, written=written)


def push_body(launch: Launch, wanted: Lifecycle) -> str:
    """Write a start, without `_id` and external labels; empty where nothing is to be told.

    A label that an admin wants to be anonymised is left out: its hash would be the device's own.
    """
    told: dict[str, dict[Labels, float]] = {}
    for reading in readings(launch, wanted):
        metric, labels = reading.series
        shown = tuple(pair for pair in labels if pair[0] not in wanted.anonymized)
        told.setdefault(metric, {})[shown] = reading.value
    return "".join(
        text_format(
            Family(metric.name, "counter", metric.help, [*told.get(metric.name, {}).items()])
            for metric in LIFECYCLE_CATALOGUE
        )
    )
