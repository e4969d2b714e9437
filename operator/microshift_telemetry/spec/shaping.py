"""What of the readings is sent, and under which labels: exclusions, external labels, anonymity."""

import re

from microshift_telemetry.errors import excerpt
from microshift_telemetry.spec.errors import SpecError
from microshift_telemetry.spec.fields import Fields, refuse_more

BUILD_INFO = "microshift_telemetry_build_info"
DROPPED_SAMPLES = "microshift_telemetry_dropped_samples_total"
OLDEST_PENDING = "microshift_telemetry_oldest_pending_seconds"
SELF_METRICS = frozenset({BUILD_INFO, DROPPED_SAMPLES, OLDEST_PENDING})
"""The metrics that `spec.selfMetrics` adds; without it they are excluded."""

INVOCATION = "microshift_lifecycle_invocation"
DURATION = "microshift_lifecycle_duration"
MODIFICATION = "microshift_lifecycle_modification"
LIFECYCLE_METRICS = frozenset({INVOCATION, DURATION, MODIFICATION})
"""The metrics that `spec.lifecycle` adds; without it, or with a gateway, no report has them."""

ExternalLabels = tuple[tuple[str, str], ...]
"""(name, value) pairs, sorted by name, none empty."""

MAX_EXTERNAL_LABELS = 16
MAX_ANONYMIZED_LABELS = 32
MAX_EXTERNAL_BYTES = 4_096
"""Of all names and values together. Every series carries them: with 6 KB of Chinese a single pass
would take more than 64 KiB, compressed. No schema rule: it would span fields of several owners."""

_LABEL_NAME = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
"""An upper-case letter would sort before `__name__`, which telemeter's allow-list can't bear."""


def parse_external_labels(fields: Fields) -> ExternalLabels:
    """Read `spec.externalLabels`; where one has the name of a metric's own label, that one counts.

    Raises:
        SpecError: a name or a value that can't be a label, or too many or too long ones.
    """
    names = fields.names()
    refuse_more(fields.path, names, MAX_EXTERNAL_LABELS)
    for name in names:
        refuse_label_name(name, fields.path)
    pairs = fields.text_pairs()
    if sum(len(name) + utf8_bytes(value) for name, value in pairs) > MAX_EXTERNAL_BYTES:
        raise SpecError(f"{fields.path}: more than {MAX_EXTERNAL_BYTES} bytes of UTF-8 in total")
    return pairs


def refuse_label_name(name: str, path: str) -> None:
    """Check the name of an external label; `path` names its field.

    Raises:
        SpecError: it can't be one.
    """
    if not _LABEL_NAME.fullmatch(name):
        raise SpecError(f"{path}: {excerpt(repr(name))} is not allowed as a label name")


def utf8_bytes(text: str) -> int:
    """Tell how long a text is on the wire."""
    return len(text.encode(errors="surrogatepass"))


def parse_excluded(fields: Fields) -> frozenset[str]:
    """Read `spec.metrics`: names of metrics, and values of the label `resource`.

    Raises:
        SpecError: the list is no list of texts.
    """
    return frozenset(fields.texts("exclude"))


def parse_anonymized(fields: Fields) -> frozenset[str]:
    """Read `anonymizeLabels` of the spec: names of labels whose values nobody is to read.

    Raises:
        SpecError: the list is no list of texts, or too long, or one of them is not the name of a
            label that may be hidden: a receiver tells devices apart by `_id` and metrics by
            `__name__`.
    """
    names = frozenset(fields.texts("anonymizeLabels"))
    refuse_more(f"{fields.path}.anonymizeLabels", names, MAX_ANONYMIZED_LABELS)
    for name in sorted(names):
        if not _LABEL_NAME.fullmatch(name):
            raise SpecError(
                f"{fields.path}.anonymizeLabels: {excerpt(repr(name))} cannot be anonymised"
            )
    return names
