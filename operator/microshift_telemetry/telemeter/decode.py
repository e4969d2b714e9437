"""The body of an upload → its series: what `encode` has written, read back."""

from collections.abc import Iterator

import snappy

from microshift_telemetry.report.report import TimeSeries
from microshift_telemetry.telemeter import metric_family_pb2 as pb
from microshift_telemetry.telemeter.delimited import separated


def decode(body: bytes) -> Iterator[TimeSeries]:
    """Read an upload of ours, each sample as a series.

    Raises:
        Exception: snappy's or protobuf's; it is no such body.
    """
    for message in separated(snappy.StreamDecompressor().decompress(body)):
        family = pb.MetricFamily.FromString(message)
        for metric in family.metric:
            pairs = [(label.name, label.value) for label in metric.label]
            value = metric.gauge.value if metric.HasField("gauge") else metric.untyped.value
            labels = tuple(sorted([("__name__", family.name), *pairs]))
            yield TimeSeries(labels, ((metric.timestamp_ms, value),))
