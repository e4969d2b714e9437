"""Records on their way into a journal: in order, many in one write where the disk is slow."""

from collections.abc import Callable
from functools import partial

from microshift_telemetry.buffer.journal import Image, live_bytes
from microshift_telemetry.buffer.journal_file import JournalFile
from microshift_telemetry.buffer.ledger import Ledger
from microshift_telemetry.buffer.records import Record
from microshift_telemetry.buffer.worker import Worker
from microshift_telemetry.errors import TelemetryError

MAX_WAITING = 4096
"""Records; beyond it the next write is of the whole ledger."""


class JournalQueue:
    """Writes to one journal, until it is closed; the ledger may change while it does."""

    def __init__(
        self, file: JournalFile, ledger: Ledger, worker: Worker, tell: Callable[[str], None]
    ) -> None:
        """Write nothing yet.

        Args:
            file: which was loaded.
            ledger: to which each record is applied before it is added here.
            worker: of the file's directory.
            tell: hears after each write why it has failed; the empty text when it has not.
        """
        self._file = file
        self._ledger = ledger
        self._worker = worker
        self._tell = tell
        self._waiting: list[Record] = []
        self._is_whole_wanted = False
        self.is_writing = False
        """Whether something that was added is not on the disk yet, nor refused."""
        self._is_closed = False

    def add(self, *records: Record) -> None:
        """Append records as soon as the disk has taken those before."""
        self._waiting += records
        if len(self._waiting) > MAX_WAITING:
            self._waiting, self._is_whole_wanted = [], True
        self._write()

    def rewrite(self) -> None:
        """Put a file in place that says what is live, and nothing else."""
        self._is_whole_wanted = True
        self._write()

    def close(self) -> None:
        """Write nothing more, and tell nothing of what is being written."""
        self._is_closed = True

    def _write(self) -> None:
        if self.is_writing:
            return
        self.is_writing = True
        records, self._waiting = tuple(self._waiting), []
        is_whole, self._is_whole_wanted = self._is_whole_wanted, False
        is_image_due = is_whole or self._file.weigh(partial(live_bytes, self._ledger))
        image = Image.of(self._file.owner, self._ledger) if is_image_due else None
        if is_whole and image is not None:
            self._worker.submit(partial(self._file.rewrite, image), self._end)
        else:
            self._worker.submit(partial(self._file.write, records, image), self._end)

    def _end(self, outcome: bool | TelemetryError) -> None:  # noqa: FBT001  # the worker hands on what a write gave
        self.is_writing = False
        if self._is_closed:
            return
        if isinstance(outcome, TelemetryError):
            self._tell(str(outcome))
        elif outcome:
            self._tell("")
        if not outcome or self._waiting or self._is_whole_wanted:
            self._write()
