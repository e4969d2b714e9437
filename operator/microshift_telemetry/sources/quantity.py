"""Kubernetes quantities (`4`, `3500m`, `7901Mi`, `1e3`) as numbers."""

import math
import re
from decimal import Decimal

from microshift_telemetry.errors import excerpt
from microshift_telemetry.sources.outcome import SourceError

_QUANTITY = re.compile(
    r"([+-]?(?:[0-9]{1,64}(?:\.[0-9]{0,64})?|\.[0-9]{1,64}))"
    r"(?:(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE])|[eE]([+-]?[0-9]{1,3}))?"
)
_SCALES = {
    **{prefix + "i": Decimal(1024) ** power for power, prefix in enumerate("KMGTPE", start=1)},
    **{prefix: Decimal(1000) ** power for power, prefix in enumerate("kMGTPE", start=1)},
    **{prefix: Decimal(1000) ** -power for power, prefix in enumerate("mun", start=1)},
}


def parse_quantity(text: str) -> float:
    """Read a quantity as a plain number of its unit (cores, bytes).

    Raises:
        SourceError: it is not one, or too large for a float.

    Source: apimachinery `pkg/api/resource/quantity.go`.
    """
    match = _QUANTITY.fullmatch(text)
    if match is None:
        raise SourceError(f"{excerpt(text)!r} is not a Kubernetes quantity")
    number, suffix, exponent = match.groups()
    scale = _SCALES[suffix] if suffix else Decimal(10) ** int(exponent or 0)
    value = float(Decimal(number) * scale)
    if not math.isfinite(value):
        raise SourceError(f"{excerpt(text)!r} is too large")
    return value
