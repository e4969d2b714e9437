"""What the pages say of memory, CPU and bytes is what was measured."""

import re

import pytest

from tests.bench.results import RESULTS, load
from tests.support.go_toolchain import REPOSITORY

TOLD = [
    ("docs/index.md", r"\*\*(\S+) MiB\*\* \| of memory", "ours.rss_steady", 1),
    ("docs/index.md", r"\*\*(\S+) s\*\* \| of CPU", "ours.cpu_day", 1),
    ("docs/index.md", r"\*\*(\S+) kB\*\* \| a day", "ours.wire_tls_day", 1e3),
    ("docs/handbook.md", r"three requests, (\S+) kB with TLS", "ours.wire_tls_day", 1e3),
    ("docs/handbook.md", r"\| 3 \| (\S+) kB \|", "ours.wire_tls_day", 1e3),
    ("docs/handbook.md", r"at most (\S+) times the optimum", "fleet.unavailable.ratio", 1),
    ("docs/handbook.md", r"\[(\S+) MB\]\(performance.md", "metered.most", 1e6),
]


@pytest.mark.parametrize(("page", "words", "key", "unit"), TOLD)
def test_a_page_tells_what_was_measured(page: str, words: str, key: str, unit: float) -> None:
    measured = {each.key: each.value for part in load(RESULTS).values() for each in part.figures}

    [told] = re.findall(words, (REPOSITORY / page).read_text())

    assert float(told) == pytest.approx(measured[key] / unit, rel=0.05)
