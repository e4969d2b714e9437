"""The MicroShift telemetry operator."""

__version__ = "0.1.0"
