"""The body of a POST → one request's series: what `encode` has written, read back."""

from collections.abc import Iterator

import snappy

from microshift_telemetry.remote_write import remote_write_pb2 as pb
from microshift_telemetry.report.report import TimeSeries


def decode(body: bytes) -> Iterator[TimeSeries]:
    """Read a write request of ours, each series at once.

    Raises:
        Exception: snappy's or protobuf's; it is no such request.
    """
    for series in pb.WriteRequest.FromString(snappy.uncompress(body)).timeseries:
        yield TimeSeries(
            tuple((label.name, label.value) for label in series.labels),
            tuple((sample.timestamp, sample.value) for sample in series.samples),
        )
