"""What one report has cost so far, over all its attempts."""

from dataclasses import dataclass
from datetime import datetime

from microshift_telemetry.buffer.records import Remembered
from microshift_telemetry.sending.answer import Answer
from microshift_telemetry.sending.transport import Encoded
from microshift_telemetry.status.body import LastReport, timestamp


@dataclass(slots=True)
class Tally:
    """Counts of one report."""

    series: int = 0
    samples: int = 0
    bytes: int = 0
    requests: int = 0
    status_code: int = 0
    seconds: float = 0.0
    is_fresh_taken: bool = False
    refused: int = 0
    maybe_stored: int = 0
    refusal: Answer | None = None
    """The receiver's word on the samples that are lost; None where none are."""

    def add(self, encoded: Encoded, status_code: int, *, is_taken: bool, is_fresh: bool) -> None:
        """Count a request that was answered."""
        self.requests += 1
        self.bytes += len(encoded.body)
        self.status_code = status_code
        if is_taken:
            self.samples += encoded.samples
            self.series = max(self.series, encoded.series)
            self.is_fresh_taken |= is_fresh

    def add_losses(self, before: Remembered, after: Remembered, refusal: Answer | None) -> None:
        """Count the samples that an attempt has given up, at the receiver's word on them.

        What may be stored is counted since the last report was closed: it may have expired since.
        """
        refused = after.dropped_samples - before.dropped_samples
        self.refused += refused
        self.maybe_stored = after.maybe_stored_samples
        if refused or after.maybe_stored_samples > before.maybe_stored_samples:
            self.refusal = refusal or self.refusal

    def spend(self, seconds: float) -> None:
        """Count the time that an attempt took."""
        self.seconds += seconds

    def summary(self, now: datetime) -> LastReport:
        """Sum it up for the status."""
        return LastReport(
            time=str(timestamp(now)),
            series=self.series,
            samples=self.samples,
            bytes=self.bytes,
            requests=self.requests,
            statusCode=self.status_code,
            durationMillis=round(1000 * self.seconds),
            fresh=self.is_fresh_taken,
            refused=self.refused,
            maybeStored=self.maybe_stored,
        )
