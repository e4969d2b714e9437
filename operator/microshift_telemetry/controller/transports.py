"""Which protocol a report is sent by: the one place that chooses between them.

Remote write is loaded with the process, the other one when it is first spoken: most never speak it.
"""

from microshift_telemetry.remote_write.transport import REMOTE_WRITE
from microshift_telemetry.sending.transport import Transport
from microshift_telemetry.spec.effective import Destination
from microshift_telemetry.spec.protocol import TELEMETER_UPLOAD

_STREAM = b"\xff\x06\x00\x00sNaPpY"
"""How every upload begins, and no write request: there the second byte of the message is in it.

Source: google/snappy, `framing_format.txt`, 4.1.
"""


def transport_to(destination: Destination) -> Transport:
    """Give the protocol that a destination speaks."""
    return _upload() if destination.protocol is TELEMETER_UPLOAD else REMOTE_WRITE


def transport_of(body: bytes) -> Transport:
    """Give the protocol that a body was written in, whatever the spec says by now."""
    return _upload() if body.startswith(_STREAM) else REMOTE_WRITE


def _upload() -> Transport:
    from microshift_telemetry.telemeter.transport import UPLOAD

    return UPLOAD
