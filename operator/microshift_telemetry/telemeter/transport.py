"""An upload as the one who sends a report sees it."""

from microshift_telemetry.sending.receiver import USER_AGENT
from microshift_telemetry.sending.transport import Transport
from microshift_telemetry.telemeter.authorize import Authorization
from microshift_telemetry.telemeter.decode import decode
from microshift_telemetry.telemeter.encode import encode
from microshift_telemetry.telemeter.judge import judge

UPLOAD = Transport(
    headers={
        "Accept-Encoding": "identity",
        "Content-Encoding": "snappy",
        "Content-Type": "application/vnd.google.protobuf; "
        "proto=io.prometheus.client.MetricFamily; encoding=delimited",
        "User-Agent": USER_AGENT,
    },
    encode=encode,
    decode=decode,
    judge=judge,
    question=None,
    exchange=Authorization,
)
"""Source: telemeter-server, `POST /upload`. Without a question: it counts every request towards its
limit, one without samples too."""
