"""What can be wrong with a spec."""

from microshift_telemetry.errors import TelemetryError


class SpecError(TelemetryError):
    """A field can't be used; the text starts with its path, as in `spec.endpoint: …`."""
