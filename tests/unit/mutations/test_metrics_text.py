"""The API server's `/metrics`."""

import re

from microshift_telemetry.sources.api_server_metrics import MetricsFold
from microshift_telemetry.sources.outcome import SourceError
from tests.unit.mutations.engine import Mutator
from tests.unit.mutations.trial import Kind, Refused, refused, try_all
from tests.unit.sources.surroundings import METRICS

SEED = 20_261_121

NO_SAMPLE, NO_VALUE = "not a sample", "not a usable value"
NEWER, OLDER, START = (
    "apiserver_resource_objects",
    "apiserver_storage_objects",
    "process_start_time_seconds",
)
LINES = [
    "",
    "# HELP apiserver_resource_objects a newer text",
    'apiserver_resource_objects{resource="} 7 "} 5 1768910512',
    'apiserver_resource_objects{resource="a"} 1e+06',
    'apiserver_resource_objects{resource="a"} NaN',
    'apiserver_resource_objects{resource="a"} +Inf',
    'apiserver_resource_objects{resource="a"} 1e300',
    'apiserver_resource_objects{resource="a"} 1_000',
    'apiserver_resource_objects{resource="a"}',
    'apiserver_resource_objects{resource="a" 4',
    "apiserver_resource_objects 4 5 6",
    "apiserver_resource_objects_old{} x",
    "apiserver_storage_objects 3",
    "process_start_time_seconds 2e9",
    "process_start_time_seconds  2000000001 \r",
    "go_goroutines many",
]
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")

Figures = tuple[int | None, float | None]


def _figures(text: bytes) -> Figures | Refused:
    """Read each line by its blanks and braces, then add up."""
    counts: dict[str, list[int]] = {}
    start: float | None = None
    for line in text.decode("latin-1").split("\n"):
        if not line.startswith((NEWER, OLDER, START)):
            continue
        sample = _sample(line)
        if sample is None:
            return refused(NO_SAMPLE, NO_VALUE)
        name, shown = sample
        if name not in {NEWER, OLDER, START}:
            continue
        if not _NUMBER.fullmatch(shown) or abs(float(shown)) > 2**53:
            return refused(NO_VALUE)
        if name == START:
            start = float(shown)
        else:
            counts.setdefault(name, []).append(int(float(shown)) if float(shown) >= 0 else -1)
    family = counts.get(NEWER, counts.get(OLDER, []))
    known = [count for count in family if count >= 0]
    return sum(known) if known else None, start


def _sample(line: str) -> tuple[str, str] | None:
    """Take name and value; None for a line that is no sample."""
    line = line.rstrip(" \t\r")
    name = re.split(r"[^a-zA-Z0-9_:]", line, maxsplit=1)[0]
    rest = line[len(name) :]
    if rest.startswith("{"):
        _, brace, rest = rest.rpartition("}")
        if not brace:
            return None
    if not rest.startswith((" ", "\t")):
        return None
    words = [word for word in re.split(r"[ \t]+", rest) if word]
    is_timed = len(words) == 2 and re.fullmatch(r"-?[0-9]+", words[1])
    return (name, words[0]) if len(words) == 1 or is_timed else None


def a_metrics_text(mutator: Mutator) -> bytes:
    text = mutator.lines(METRICS.decode(), LINES).encode()
    if not mutator.once_in(4):
        return text
    return mutator.damaged(text, [b"{", b"}", b'"', b" ", b"-1", b"e", b".", b"_", b"\t", b"\n"])


def test_a_metrics_text_gives_its_figures_or_a_documented_error() -> None:
    kind = Kind(
        mutant=a_metrics_text,
        is_outer=lambda text: isinstance(_figures(text), tuple),
        reference=_figures,
        documented=(NO_SAMPLE, NO_VALUE),
    )

    def figures(text: bytes) -> Figures:
        lines = MetricsFold()
        for line in text.split(b"\n"):
            lines.add(line)
        found = lines.result()
        return found.object_count, found.process_start_time_seconds

    try_all(kind, SEED, figures, SourceError)
