"""The labels that a receiver demands with its access token, and what is said of them."""

from collections.abc import Iterable, Iterator

from microshift_telemetry.controller.specs import fingerprint
from microshift_telemetry.report.report import TimeSeries
from microshift_telemetry.sample.metrics import CATALOGUE
from microshift_telemetry.sample.sample import Labels
from microshift_telemetry.spec.effective import Destination, Effective

_OWN = frozenset(name for metric in CATALOGUE for name in metric.labels)

NOT_KNOWN = (
    "the receiver's labels are not known yet: the operator gets them with an access token when it "
    "sends the report, and adds them to every series"
)


class DemandedLabels:
    """Those of one TelemetryConfig, as the newest access token has them."""

    def __init__(self) -> None:
        """Know of none."""
        self._labels: Labels = ()
        self._of = ""

    def take(self, to: Destination, labels: Labels) -> None:
        """Note what came with the access token of a report."""
        self._labels, self._of = labels, fingerprint(to)

    def known(self, to: Destination) -> Labels | None:
        """Give those that a destination has demanded; None where nothing is known."""
        return self._labels if self._of == fingerprint(to) else None

    def notes(self, spec: Effective) -> tuple[str, ...]:
        """Say which labels have another value than the spec, or a metric, gives them."""
        named = {
            *(name for name, _ in spec.destination.external_labels),
            *(source.name for source in spec.destination.label_sources),
            *spec.anonymized,
            *_OWN,
        }
        known = self.known(spec.destination) or ()
        return tuple(
            f"label {name} has the value that the receiver demands"
            for name, _ in known
            if name in named
        )


def with_demanded(series: Iterable[TimeSeries], demanded: Labels) -> Iterator[TimeSeries]:
    """Put the labels that a receiver demands over those of each series; it compares the values."""
    for each in series:
        labels = sorted((dict(each.labels) | dict(demanded)).items()) if demanded else each.labels
        yield TimeSeries(tuple(labels), each.samples)
