"""What a scrape of the operator tells of one TelemetryConfig."""

from collections.abc import Mapping

from tests.support.exposition import parse_page

PREFIX = "microshift_telemetry_"


class Scrape:
    """One object's metrics, by their names without the prefix."""

    def __init__(self, text: str, name: str = "cluster") -> None:
        """Read a page."""
        self._page, self._name = parse_page(text), name

    def __getitem__(self, metric: str) -> float:
        return self._page.value(f"{PREFIX}{metric}", telemetryconfig=self._name)

    def by(self, label: str, metric: str) -> Mapping[str, float]:
        """Give a metric's values by one label more."""
        return self._page.by_label(f"{PREFIX}{metric}", label, telemetryconfig=self._name)

    @property
    def conditions(self) -> set[tuple[str, str, str]]:
        """Type, status and reason of each that is told."""
        told = [
            dict(labels)
            for metric, labels in self._page.values
            if metric == f"{PREFIX}condition" and ("telemetryconfig", self._name) in labels
        ]
        return {(each["type"], each["status"], each["reason"]) for each in told}

    @property
    def series(self) -> int:
        """How many it has."""
        return self._page.series_of("telemetryconfig", self._name)
