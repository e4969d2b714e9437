"""The labels that a series carries on the wire."""

import hmac
from hashlib import sha256

from microshift_telemetry.buffer.form import Shape
from microshift_telemetry.sample.metrics import CLUSTER_ID_LABEL
from microshift_telemetry.sample.sample import Labels, Series

HASH_BYTES = 16
"""So many that no two values of a fleet ever meet; on the wire they are twice as many digits."""


def wire_labels(series: Series, shape: Shape, salt: bytes) -> Labels:
    """Add `__name__`, `_id` and the external labels, sorted as remote write 1.0 demands.

    A label of the metric's own counts before an external one of its name. Where an admin wants
    it, a hash stands in place of a value, but never of the two that receivers tell series by.
    """
    labels = {
        name: _hash(name, value, salt) if name in shape.anonymized else value
        for name, value in (*shape.external_labels, *series.labels)
    }
    labels |= {"__name__": series.metric, CLUSTER_ID_LABEL: shape.cluster_id}
    return tuple(sorted(labels.items()))


def _hash(name: str, value: str, salt: bytes) -> str:
    """Hash a value as hexadecimal digits.

    Equal values of one label stay equal, so that a series stays one. The name goes in as well:
    nobody is to see that two labels have the same value.
    """
    said = f"{name}\0{value}".encode(errors="surrogatepass")
    return hmac.digest(salt, said, sha256)[:HASH_BYTES].hex()
