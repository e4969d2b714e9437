"""One request's series → the body of a POST: a protobuf message in a snappy block."""

from collections.abc import Iterable

import snappy

from microshift_telemetry.remote_write import remote_write_pb2 as pb
from microshift_telemetry.report.report import TimeSeries
from microshift_telemetry.sending.transport import Encoded


def encode(time_series: Iterable[TimeSeries]) -> Encoded:
    """Encode a write request; the same series give the same bytes.

    Source: remote write 1.0, "Protobuf message" and "Protocol": snappy's block format, not the
    framed one.
    """
    message = pb.WriteRequest()
    samples = 0
    for series in time_series:
        written = message.timeseries.add()
        for name, value in series.labels:
            written.labels.add(name=name, value=value)
        for time_ms, number in series.samples:
            written.samples.add(timestamp=time_ms, value=number)
        samples += len(series.samples)
    body: bytes = snappy.compress(message.SerializeToString())
    return Encoded(body, len(message.timeseries), samples)
