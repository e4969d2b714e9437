"""What is promised, each beside the figure that was measured."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tests.bench.results import Figure, Part


@dataclass(frozen=True, slots=True)
class Budget:
    """The most that a figure may be."""

    figure: str
    """Its key."""
    what: str
    limit: float
    unit: str
    if_missed: str = ""
    """The reason, and what would be needed."""


BUDGETS = (
    Budget(
        "ours.rss_steady",
        "RSS, steady: the wish",
        50.0,
        "MiB",
        "most of it are Python, TLS, aiohttp and kopf before a line of ours is loaded (see where "
        "the memory goes)",
    ),
    Budget("ours.rss_steady", "RSS, steady: never above", 53.0, "MiB"),
    Budget("ours.rss_growth", "RSS, growth over 1,000 cycles", 1.0, "MiB"),
    Budget("growth.waiting.rss", "RSS with 10,080 passes waiting", 55.0, "MiB"),
    Budget("ours.cpu_day", "CPU a day at the defaults", 20.0, "s"),
    Budget("ours.wire_bytes_day", "bytes a day on the wire, TLS apart", 6_000.0, "B"),
    Budget("ours.wire_requests_day", "requests a day", 3.0, "requests"),
    Budget(
        "ours.wire_requests_day_409",
        "the same, receiver answers 409 to old samples",
        3.0,
        "requests",
    ),
    Budget(
        "ours.wire_requests_day_no_window", "the same, Prometheus without a window", 3.0, "requests"
    ),
    Budget(
        "ours.api_bytes_pass",
        "API server bytes a pass",
        200_000.0,
        "B",
        "most of it is the API server's own /metrics, which grows with the kinds and verbs that it "
        "was asked for; a pass with a report reads the static series and writes the status, too",
    ),
    Budget("growth.objects.bytes_slope", "API server bytes for each object more", 1.0, "B"),
    Budget("fleet.power_cut.ratio", "100,000 devices, power cut: peak / optimum", 1.1, "x"),
    Budget(
        "fleet.outage.ratio",
        "end of a day's outage: peak / optimum",
        1.1,
        "x",
        "more than half of it is chance, in the worst of 20 seeds: a device sends its 3.5 requests "
        "in one moment, so of 600 spans of 30 s the fullest is 6 % above the mean",
    ),
    Budget(
        "fleet.silent_outage.ratio",
        "the same where packets vanish: peak / optimum",
        1.1,
        "x",
        "what was tried in the 15 s before the link comes back is connected after it, beside those "
        "whose turn it is. A limit of 7 s for a connection in place of 30 would make it 1.16, one "
        "of 3 s 1.1, and both would fail where a link is slow or loses packets",
    ),
    Budget("fleet.steady.ratio", "a steady week: peak / optimum", 1.25, "x"),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A budget and what was measured; no figure when its part was not run."""

    budget: Budget
    figure: Figure | None

    @property
    def text(self) -> str:
        """Say it in a word, with the reason where it is missed."""
        if self.figure is None:
            return "not measured"
        if self.figure.value <= self.budget.limit:
            return "met"
        return f"**missed**: {self.budget.if_missed or 'not explained yet'}"


def verdicts(parts: Iterable[Part]) -> list[Verdict]:
    """Judge every budget."""
    figures: Mapping[str, Figure] = {
        figure.key: figure for part in parts for figure in part.figures
    }
    return [Verdict(budget, figures.get(budget.figure)) for budget in BUDGETS]
