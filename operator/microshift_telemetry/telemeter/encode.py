"""One report's series → the body of an upload: metric families in a snappy stream."""

from collections.abc import Iterable

import snappy

from microshift_telemetry.report.report import TimeSeries
from microshift_telemetry.sending.transport import Encoded
from microshift_telemetry.telemeter import metric_family_pb2 as pb
from microshift_telemetry.telemeter.delimited import joined

MAX_CHUNK_BYTES = 65_536
"""Source: google/snappy, `framing_format.txt`, 4.2: of a chunk before compression."""

COUNTER_SUFFIX = "_total"


def encode(time_series: Iterable[TimeSeries]) -> Encoded:
    """Encode an upload; the same series give the same bytes.

    The series of one metric are one family, whose samples are in the order of time.

    Source: telemeter-server, `POST /upload`: each message behind its length as a varint, snappy's
    framed format, not the block one.
    """
    families: dict[str, pb.MetricFamily] = {}
    series = samples = 0
    for each in time_series:
        labels = dict(each.labels)
        name = labels.pop("__name__")
        family = families.setdefault(name, pb.MetricFamily(name=name, type=_type_of(name)))
        series, samples = series + 1, samples + len(each.samples)
        for time_ms, value in each.samples:
            family.metric.append(_metric(labels.items(), time_ms, value, family.type))
    return Encoded(_framed(families.values()), series, samples)


def _type_of(name: str) -> pb.MetricType:
    """Call a metric a gauge, but for one that only grows: its newest value alone is no counter."""
    return pb.UNTYPED if name.endswith(COUNTER_SUFFIX) else pb.GAUGE


def _metric(
    labels: Iterable[tuple[str, str]], time_ms: int, value: float, kind: pb.MetricType
) -> pb.Metric:
    pairs = [pb.LabelPair(name=name, value=text) for name, text in labels]
    if kind == pb.GAUGE:
        return pb.Metric(label=pairs, gauge=pb.Gauge(value=value), timestamp_ms=time_ms)
    return pb.Metric(label=pairs, untyped=pb.Untyped(value=value), timestamp_ms=time_ms)


def _framed(families: Iterable[pb.MetricFamily]) -> bytes:
    data = joined(family.SerializeToString() for family in families)
    stream = snappy.StreamCompressor()
    chunks = (data[at : at + MAX_CHUNK_BYTES] for at in range(0, len(data), MAX_CHUNK_BYTES))
    return b"".join(map(stream.add_chunk, chunks))
