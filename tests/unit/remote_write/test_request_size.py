"""The largest request there can be: as many samples as one may have, and the longest labels."""

import random
import string

from microshift_telemetry.remote_write.encode import encode
from microshift_telemetry.report.report import MAX_SAMPLES, TimeSeries

LIMIT_BYTES = 64 * 1024
DYNAMIC_SERIES = 13
MAX_EXTERNAL_LABELS, MAX_NAME, MAX_VALUE = 16, 128, 256
"""What the definition of the resource allows; letters outside of ASCII would take more bytes."""
AN_HOUR_MS = 3_600_000


def test_with_the_longest_labels_and_values_without_a_pattern_it_stays_below_64_kib() -> None:
    chance = random.Random(1)  # noqa: S311  # to repeat a run
    external = tuple(
        (
            f"l{number:02}" + "".join(chance.choices(string.ascii_lowercase, k=MAX_NAME - 3)),
            "".join(chance.choices(string.ascii_letters + string.digits, k=MAX_VALUE)),
        )
        for number in range(MAX_EXTERNAL_LABELS)
    )
    series = [
        TimeSeries(
            (("__name__", f"cluster:metric_{number}:sum"), ("_id", "x" * 36), *external),
            tuple(
                (1_795_254_072_732 + at * AN_HOUR_MS + chance.randrange(60_000), chance.random())
                for at in range(MAX_SAMPLES // DYNAMIC_SERIES)
            ),
        )
        for number in range(DYNAMIC_SERIES)
    ]

    assert 48 * 1024 < len(encode(series).body) < LIMIT_BYTES
