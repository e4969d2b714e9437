"""Stage 1, what the admin asked for: a TelemetryConfig's spec, parsed once at the door."""
