"""The labels with values of this device, read for this check alone."""

from collections.abc import Iterator

from microshift_telemetry.check.line import Hop, Line, Verdict
from microshift_telemetry.errors import excerpt
from microshift_telemetry.report.external_labels import Joined
from microshift_telemetry.spec.effective import Effective


def label_lines(spec: Effective, read: Joined) -> Iterator[Line]:
    """Tell each value and where it lies, or why a report goes without it."""
    labels = dict(read.labels)
    for source in spec.destination.label_sources:
        part, unread = f"label {source.name}", read.unread.get(source.name)
        if unread is not None:
            yield Line(Hop.SOURCES, Verdict.WARNING, unread.why, unread.remedy, part=part)
            continue
        is_hidden = source.name in spec.anonymized
        value = (
            "hidden by spec.anonymizeLabels" if is_hidden else f'"{excerpt(labels[source.name])}"'
        )
        yield Line(Hop.SOURCES, Verdict.OK, f"{value}, from {source.value_from}", part=part)
