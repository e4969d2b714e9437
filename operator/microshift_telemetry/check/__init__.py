"""The check: every hop between a TelemetryConfig and its receiver, tried where it matters.

It reads what others know, and works with connections, sources and tokens of its own: no report
waits for it, and none is changed by it.
"""
