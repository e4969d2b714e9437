"""The records of the ledger: each says what has happened, and the ledger alone knows what follows.

A journal is the list of them. Instants are ms since the epoch.
"""

from dataclasses import dataclass
from enum import IntEnum

from microshift_telemetry.buffer.form import Form
from microshift_telemetry.sample.sample import SamplePass
from microshift_telemetry.sources.host import CpuTimes
from microshift_telemetry.sources.launch import Launch
from microshift_telemetry.sources.microshift_start import MicroshiftStart
from microshift_telemetry.spec.endpoint import Origin


@dataclass(frozen=True, slots=True)
class Stamp:
    """How the time of a pass is known."""

    boot_ms: int | None = None
    """Since the boot of now; None: it was made in an earlier one."""
    is_trusted: bool = True
    """The device's clock was known to be right."""


@dataclass(frozen=True, slots=True)
class PassMade:
    """A pass was made; its static readings are not kept."""

    sample_pass: SamplePass
    is_extra: bool = False
    """Made off the grid, because something had to be fresh: the next pass takes its place."""
    cpu: CpuTimes | None = None
    """The counters that the next pass of the grid counts from."""
    stamp: Stamp = Stamp()


@dataclass(frozen=True, slots=True)
class Epoch:
    """The device's clock runs on without a step from here; as a record: it has begun."""

    boot_id: str
    boot_ms: int
    """When it began, since boot."""
    wall_ms: int
    """What the clock said then."""
    is_first: bool
    """No step of the clock was seen before it in this boot."""
    is_trusted: bool = False
    """The clock is known to be right."""

    @property
    def offset_ms(self) -> int:
        """The wall time less the time since boot."""
        return self.wall_ms - self.boot_ms


@dataclass(frozen=True, slots=True)
class Trusted:
    """The device's clock is known to be right since the epoch of now began."""

    keeps_time: bool
    """It goes on while the device is off: it has a battery."""


@dataclass(frozen=True, slots=True)
class Redated:
    """Passes that no receiver has got another time: the clock was wrong when they were made."""

    times_ms: tuple[int, ...]
    to_ms: tuple[int, ...]
    """As many, in the same order."""


@dataclass(frozen=True, slots=True)
class Offered:
    """A request is about to go out; no answer to it means that it may have been stored."""

    times_ms: tuple[int, ...]
    form: Form


class Fate(IntEnum):
    """What became of the passes of the request that was offered last."""

    TAKEN = 1
    """The receiver has them; they leave the ledger."""
    UNTAKEN = 2
    """It stored none of them."""
    PARTLY = 3
    """It refused the request, and may have stored a part of it."""
    UNANSWERED = 4
    """Nothing is known."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The request that was offered last came to its end."""

    fate: Fate
    young_ms: int = 0
    """Since when passes count as young: of those a refused request may have been stored."""


class LossReason(IntEnum):
    """Why samples were given up."""

    REFUSED = 1
    """The receiver refuses them finally while it takes fresh ones."""
    EXPIRED = 2
    """Older than `spec.buffer.maxAge`."""
    CROWDED_OUT = 3
    """More passes waited than are kept."""
    MOVED = 4
    """They were collected for another endpoint."""
    UNANSWERED = 5
    """A mean at their instant may have been stored, so that they must not go out."""
    UNDATED = 6
    """Made before a restart by a clock that was not set: nobody knows when."""


@dataclass(frozen=True, slots=True)
class Lost:
    """Passes were given up for good."""

    times_ms: tuple[int, ...]
    reason: LossReason
    at_ms: int


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Passes left the ledger, and are no loss."""

    times_ms: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Marked:
    """What is known of earlier offers of these passes; a journal that is written anew says it."""

    times_ms: tuple[int, ...]
    form: Form
    is_maybe_stored: bool


@dataclass(frozen=True, slots=True)
class ReportDue:
    """A report fell due, and is open until it is closed."""

    at_ms: int
    start: MicroshiftStart | None = None
    """The start of MicroShift that it tells of; None when that is not known."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """A fresh pass was taken."""

    at_ms: int
    destination: str
    """A fingerprint of where it went, and as whom."""


@dataclass(frozen=True, slots=True)
class ReportClosed:
    """Nothing is left to do for the report that fell due last."""


@dataclass(frozen=True, slots=True)
class Learned:
    """What `aggregation: Auto` knows of the receiver."""

    refusals: int = 0
    """Reports in a row whose recent samples it refused while it took the fresh ones."""
    averaging_since_ms: int | None = None
    """When it was learned, or last tried, that it takes no old samples."""
    learned_ms: int | None = None
    """When a report taught something last."""


@dataclass(frozen=True, slots=True)
class Moved:
    """Reports go here from now on; what waits for another origin goes."""

    origin: Origin
    destination: str
    """As in `Delivered`."""


@dataclass(frozen=True, slots=True)
class Launched:
    """This is known of the last start of MicroShift that was watched."""

    launch: Launch | None
    """None: starts are not watched any more."""


@dataclass(frozen=True, slots=True)
class Loss:
    """What was lost for good last, for the status."""

    at_ms: int
    samples: int
    from_ms: int
    to_ms: int
    reason: LossReason


@dataclass(frozen=True, slots=True)
class Remembered:
    """Everything of a ledger beside its passes; as a record, it stands for all that was before."""

    cpu: CpuTimes | None = None
    """The counters of the last pass of the grid."""
    origin: Origin | None = None
    """Whom the passes were collected for."""
    destination: str = ""
    """Where reports go, as in `Delivered`; empty when nothing says so."""
    report_due_ms: int | None = None
    """When the newest report fell due."""
    is_report_open: bool = False
    """That report is not closed yet."""
    answered_start: MicroshiftStart | None = None
    """The last start of MicroShift that a report fell due for."""
    last_report_ms: int | None = None
    """When a report was last delivered."""
    delivered_to: str = ""
    """Where that one went, as in `Delivered`; empty when nothing was delivered since reports go
    somewhere else, or nothing says so."""
    learned: Learned = Learned()
    dropped_samples: int = 0
    """Given up and known not to be stored, since the object's creation."""
    maybe_stored_samples: int = 0
    """Given up and maybe stored all the same, since the last report was closed."""
    loss: Loss | None = None
    epoch: Epoch | None = None
    """Of the device's clock; None as long as nobody has looked at it."""
    keeps_time: bool = False
    """As in `Trusted`, when that was seen last."""


Record = (
    PassMade
    | Epoch
    | Trusted
    | Redated
    | Offered
    | Answered
    | Lost
    | Forgotten
    | Marked
    | ReportDue
    | Delivered
    | ReportClosed
    | Learned
    | Moved
    | Launched
    | Remembered
)
