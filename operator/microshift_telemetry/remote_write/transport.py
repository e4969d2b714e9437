"""Remote write 1.0 as the one who sends a report sees it."""

from microshift_telemetry.remote_write.decode import decode
from microshift_telemetry.remote_write.encode import encode
from microshift_telemetry.remote_write.judge import judge
from microshift_telemetry.sending.receiver import USER_AGENT
from microshift_telemetry.sending.transport import Transport

REMOTE_WRITE = Transport(
    headers={
        "Accept-Encoding": "identity",
        "Content-Encoding": "snappy",
        "Content-Type": "application/x-protobuf",
        "X-Prometheus-Remote-Write-Version": "0.1.0",
        "User-Agent": USER_AGENT,
    },
    encode=encode,
    decode=decode,
    judge=judge,
    question=encode(()).body,
)
"""Source: remote write 1.0, "Protocol". `identity`, since a condition quotes the answer's text.

Prometheus, Thanos, Cortex and VictoriaMetrics take a request without samples and store nothing:
`docs/check.md`.
"""
