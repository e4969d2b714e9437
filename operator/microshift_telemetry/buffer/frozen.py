"""A report as it was frozen, and how far it has come: what every retry must say again."""

from dataclasses import dataclass, replace

from microshift_telemetry.sample.sample import Labels, Reading


@dataclass(frozen=True, slots=True)
class Shape:
    """How raw readings become samples; fixed when a report is frozen."""

    cluster_id: str
    usage_unit: str
    """`Percent` of the total, or `Absolute`."""
    external_labels: Labels = ()
    excluded: frozenset[str] = frozenset()
    """Metrics, and values of the label `resource`, that are not sent."""
    anonymized: frozenset[str] = frozenset()
    """Labels of which a hash is sent in place of the value."""


@dataclass(frozen=True, slots=True)
class WriteRequest:
    """What goes into one POST."""

    times_ms: tuple[int, ...]
    """The passes whose dynamic readings it has, oldest first."""
    static: tuple[Reading, ...] = ()
    """Sent at the newest of these instants."""
    is_averaged: bool = False
    """One mean a dynamic series over all these passes, at the newest of them."""


@dataclass(frozen=True, slots=True)
class Report:
    """What is said at one due time."""

    shape: Shape
    requests: tuple[WriteRequest, ...]
    newest_ms: int | None
    """The pass that it was made for; None when nothing could be read."""

    @property
    def has_old(self) -> bool:
        """Tell whether older passes go in full before the newest one."""
        return self.newest_ms is not None and len(self.requests) > 1

    @property
    def latest_ms(self) -> int:
        """The latest instant that it tells of."""
        return max((request.times_ms[-1] for request in self.requests), default=0)

    @property
    def averaged_ms(self) -> tuple[int, ...]:
        """The passes that its means are over, oldest first; none when it has none."""
        return next((each.times_ms for each in self.requests if each.is_averaged), ())

    def without(self, excluded: frozenset[str], anonymized: frozenset[str]) -> "Report":
        """Take out what a spec has forbidden since; no remaining value or timestamp changes."""
        shape = replace(
            self.shape,
            excluded=self.shape.excluded | excluded,
            anonymized=self.shape.anonymized | anonymized,
        )
        return replace(self, shape=shape)


@dataclass(frozen=True, slots=True)
class Progress:
    """What answers have made of a frozen report's passes."""

    taken_ms: tuple[int, ...] = ()
    """Passes that a receiver has; they have left the backlog."""
    refused_ms: tuple[int, ...] = ()
    """Passes refused provisionally; they stay until a fresh one was taken."""
    refused_alone_ms: int | None = None
    """The oldest pass that was refused in a request of its own: the newer ones come first."""

    def then(self, further: "Progress") -> "Progress":
        """Add what further answers came to."""
        alone = further.refused_alone_ms
        return Progress(
            self.taken_ms + further.taken_ms,
            self.refused_ms + further.refused_ms,
            self.refused_alone_ms if alone is None else alone,
        )

    def since(self, before: "Progress") -> "Progress":
        """Tell what has come since; `then` adds it again."""
        return Progress(
            self.taken_ms[len(before.taken_ms) :],
            self.refused_ms[len(before.refused_ms) :],
            self.refused_alone_ms,
        )

    def restarted(self) -> "Progress":
        """Forget the refusals: everything that no receiver has is tried again."""
        return Progress(self.taken_ms)
