"""In which form passes go out: what a second offer of the same instants must keep."""

from dataclasses import dataclass, replace

from microshift_telemetry.sample.sample import Labels, Reading


@dataclass(frozen=True, slots=True)
class Shape:
    """How raw readings become samples, by the spec in force."""

    cluster_id: str
    usage_unit: str
    """`Percent` of the total, or `Absolute`."""
    external_labels: Labels = ()
    excluded: frozenset[str] = frozenset()
    """Metrics, and values of the label `resource`, that are not sent."""
    anonymized: frozenset[str] = frozenset()
    """Labels of which a hash is sent in place of the value."""

    def narrowed(self, to: "Shape") -> "Shape":
        """Take out what a newer shape forbids; no remaining value or timestamp changes."""
        return replace(
            self,
            excluded=self.excluded | to.excluded,
            anonymized=self.anonymized | to.anonymized,
        )


@dataclass(frozen=True, slots=True)
class Form:
    """The form of one write request."""

    shape: Shape
    is_averaged: bool = False
    """One mean a dynamic series over all its passes, at the newest of them."""


@dataclass(frozen=True, slots=True)
class WriteRequest:
    """What goes into one POST."""

    times_ms: tuple[int, ...]
    """The passes whose dynamic readings it has, oldest first."""
    form: Form
    static: tuple[Reading, ...] = ()
    """Sent at the newest of these instants."""
