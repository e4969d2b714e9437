"""An aggregation gateway: it adds what is pushed to what it has, and knows nobody who pushes.

As prom-aggregation-gateway does, it takes Prometheus' text format and adds samples of equal labels.
It refuses what a parser would.
"""

from collections import Counter

from tests.support.exposition import Labels, parse_page


class AggregationGateway:
    """The sums of a fleet."""

    def __init__(self) -> None:
        """Have nothing."""
        self.sums: Counter[tuple[str, Labels]] = Counter()
        """By metric and labels."""

    def push(self, text: str) -> None:
        """Add one push.

        Raises:
            ValueError: it is not in the format, or tells a series twice.
        """
        for series, value in parse_page(text).values.items():
            self.sums[series] += round(value)

    def of(self, metric: str) -> dict[Labels, int]:
        """Give the sums of one metric by labels."""
        return {labels: value for (name, labels), value in self.sums.items() if name == metric}
