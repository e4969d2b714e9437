#!/usr/bin/env python3
"""Write the reference pages below `docs/reference` from what the product itself holds.

`make generate` calls it with the directory to write into.
"""

import sys
from collections.abc import Iterator
from contextlib import redirect_stdout, suppress
from io import StringIO
from pathlib import Path

from microshift_telemetry.buffer.backlog import Backlog
from microshift_telemetry.buffer.form import Form, Shape, WriteRequest
from microshift_telemetry.remote_write.decode import decode
from microshift_telemetry.remote_write.encode import encode
from microshift_telemetry.report.exposition import exposition
from microshift_telemetry.report.report import time_series
from microshift_telemetry.sample.metrics import (
    ARCH_LABEL,
    CAPACITY_CPU,
    CAPACITY_DISK,
    CAPACITY_MEMORY,
    CATALOGUE,
    CLUSTER_ID_LABEL,
    CLUSTER_VERSION,
    CPU_USAGE,
    DISK_USAGE,
    ETCD_OBJECTS,
    INSTANCE_TYPE_LABEL,
    LIFECYCLE_CATALOGUE,
    MEMORY_USAGE,
    MICROSHIFT_VERSION,
    OS_ID_LABEL,
    RESOURCE_COUNT,
    RESOURCES,
    RUNNING_CONTAINERS,
    SELF_CATALOGUE,
    Kind,
    Metric,
)
from microshift_telemetry.sample.sample import Reading, SamplePass, Series
from microshift_telemetry.status.events import type_of
from microshift_telemetry.status.reasons import ReportingReason, SamplingReason
from microshift_telemetry_cli.arguments import COMMANDS, parse
from reference_pages.fields import fields_page
from reference_pages.settings import settings_page

GENERATED = "<!-- Written by `make generate`: edits here are lost. -->\n"
BYTES_A_LINE = 16
HEAD_LINES = 8

SENT = {
    Kind.STATIC: "once a report",
    Kind.DYNAMIC: "with every pass",
    Kind.LIFECYCLE: "once a start of MicroShift",
}


def main(directory: Path) -> None:
    """Write every page."""
    directory.mkdir(parents=True, exist_ok=True)
    pages = {
        "fields": fields_page(),
        "metrics": metrics_page(),
        "reasons": reasons_page(),
        "commands": commands_page(),
        "settings": settings_page(),
        "sample-report": sample_report_page(),
    }
    for name, lines in pages.items():
        title, *rest = lines
        (directory / f"{name}.md").write_text("\n".join([title, "", GENERATED, *rest, ""]))


def metrics_page() -> Iterator[str]:
    """List the catalogue."""
    yield "# Catalogue of metrics"
    yield "Every series also has the [external labels](../tenants.md). Names and labels are"
    yield "stable: a release that changes one says so in the changelog. [Metrics](../metrics.md)"
    yield "describes where each value comes from."
    parts = (
        ("Always", CATALOGUE),
        ("With `selfMetrics: Enabled`", SELF_CATALOGUE),
        ("With `lifecycle.status: Enabled`", LIFECYCLE_CATALOGUE),
    )
    for title, metrics in parts:
        yield ""
        yield f"## {title}"
        for metric in metrics:
            yield from _metric(metric)


def _metric(metric: Metric) -> Iterator[str]:
    sent = SENT[metric.kind]
    labels = ", ".join(f"`{label}`" for label in (CLUSTER_ID_LABEL, *metric.labels))
    kind = "counter" if metric.name.endswith("_total") else "gauge"
    yield ""
    yield f"### {metric.name}"
    yield ""
    yield f"{metric.help[0].upper()}{metric.help[1:]}."
    yield ""
    yield "| type | unit | sent | labels |"
    yield "|---|---|---|---|"
    yield f"| {kind} | {metric.unit} | {sent} | {labels} |"
    yield ""
    yield f"Privacy: {metric.privacy}."


def reasons_page() -> Iterator[str]:
    """List the reasons of the conditions."""
    yield "# Index of reasons"
    yield "[Conditions](../conditions.md) describes each reason, and its effect on `Ready`. The"
    yield "event that reports it has the same reason. [Events](../events.md) lists two more, and"
    yield "the reasons of lost samples."
    yield ""
    yield "| reason | condition | type of its event |"
    yield "|---|---|---|"
    owners: dict[str, list[str]] = {}
    for owner, reasons in (("Sampling", SamplingReason), ("Reporting", ReportingReason)):
        for reason in map(str, reasons):
            owners.setdefault(reason, []).append(owner)
    for reason, of in sorted(owners.items()):
        yield f"| `{reason}` | {', '.join(of)} | {type_of(reason)} |"


def commands_page() -> Iterator[str]:
    """Show the help of each command of the plugin."""
    yield "# Commands of kubectl telemetry"
    yield "What `kubectl telemetry COMMAND --help` prints. [The plugin](../plugin.md) has examples."
    for name in COMMANDS:
        yield ""
        yield f"## {name}"
        yield ""
        yield "```"
        yield from _help(name)
        yield "```"


def _help(command: str) -> list[str]:
    with redirect_stdout(StringIO()) as said, suppress(SystemExit):
        parse([command, "--help"])
    return said.getvalue().rstrip().splitlines()


def sample_report_page() -> Iterator[str]:
    """Show a request, as text and as the bytes that go over the wire."""
    request, backlog = _sample_request()
    encoded = encode(list(time_series(request, backlog, b"")))
    series = list(decode(encoded.body))
    head = encoded.body[: BYTES_A_LINE * HEAD_LINES]
    yield "# A sample report"
    yield "The newest pass of a report, with the static series, is a request of its own; pending"
    yield "passes are sent before it, in the same format. The operator encodes it as a Prometheus"
    yield "`WriteRequest` (remote write 1.0) and compresses it with snappy:"
    yield ""
    yield "```"
    yield "POST /metrics/v1/receive HTTP/1.1"
    yield "Content-Type: application/x-protobuf"
    yield "Content-Encoding: snappy"
    yield "X-Prometheus-Remote-Write-Version: 0.1.0"
    yield f"Content-Length: {len(encoded.body)}"
    yield "```"
    yield ""
    yield f"The first {len(head)} of its {len(encoded.body)} bytes:"
    yield ""
    yield "```"
    yield from _hex_dump(head)
    yield "```"
    yield ""
    yield f"Decoded: {len(series)} series, each with one sample and its timestamp in milliseconds."
    yield ""
    yield "```"
    yield from (line.rstrip() for line in exposition(series))
    yield "```"


def _hex_dump(head: bytes) -> Iterator[str]:
    for at in range(0, len(head), BYTES_A_LINE):
        row = head[at : at + BYTES_A_LINE]
        text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in row)
        yield f"{at:04x}  {row.hex(' '):<{3 * BYTES_A_LINE}} {text}"


TIME_MS = 1_795_644_000_000
GIB = float(1 << 30)


def _sample_request() -> tuple[WriteRequest, Backlog]:
    backlog = Backlog()
    backlog.add(SamplePass(TIME_MS, _dynamic()))
    shape = Shape("1d9c6ba1-52c8-4bd8-9a3e-5f2f0b7f6f0e", "Percent", (("site", "north"),))
    return WriteRequest(backlog.times_ms, Form(shape, is_averaged=False), _static()), backlog


def _dynamic() -> tuple[Reading, ...]:
    counts = zip(RESOURCES, (11, 9, 6, 1, 2, 12, 23), strict=True)
    return (
        Reading(Series(CPU_USAGE.name), 0.5, 4),
        Reading(Series(MEMORY_USAGE.name), 3.5 * GIB, 8 * GIB),
        Reading(Series(DISK_USAGE.name), 64 * GIB, 256 * GIB),
        *(Reading(Series.of(RESOURCE_COUNT.name, resource=name), count) for name, count in counts),
        Reading(Series(RUNNING_CONTAINERS.name), 17.0),
        Reading(Series.of(ETCD_OBJECTS.name, instance="192.168.122.17"), 412.0),
    )


def _static() -> tuple[Reading, ...]:
    node = {ARCH_LABEL: "amd64", OS_ID_LABEL: "rhel", INSTANCE_TYPE_LABEL: "rhde"}
    version = {"version": "4.21.3"}
    return (
        Reading(Series.of(CAPACITY_CPU.name, **node), 4),
        Reading(Series.of(CAPACITY_MEMORY.name, **node), 8 * GIB),
        Reading(Series.of(CAPACITY_DISK.name, **node), 256 * GIB),
        Reading(Series.of(CLUSTER_VERSION.name, type="microshift-rpm", **version), 1),
        Reading(
            Series.of(
                MICROSHIFT_VERSION.name, os_version_id="9.6", deployment_type="rpm", **version
            ),
            1,
        ),
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
