"""The one owner of a TelemetryConfig's ledger: what is recorded here is in memory and on the disk.

In memory it is at once, on the disk as soon as that has answered. Without a disk, or with one that
is full or hangs, it goes on in memory, says so, and catches up.
"""

import logging
from functools import partial

from microshift_telemetry.buffer.history import History
from microshift_telemetry.buffer.journal_file import JournalFile, Loaded
from microshift_telemetry.buffer.journal_queue import JournalQueue
from microshift_telemetry.buffer.ledger import Ledger
from microshift_telemetry.buffer.owner import Owner
from microshift_telemetry.buffer.records import Record, Remembered
from microshift_telemetry.buffer.removal import Removal
from microshift_telemetry.buffer.state_directory import IN_MEMORY, StateDirectory
from microshift_telemetry.buffer.takeover import take_over
from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.logs import about

logger = logging.getLogger(__name__)


class Store:
    """Keeps one object's ledger."""

    def __init__(
        self, name: str, uid: str, directory: StateDirectory | None, seed: Remembered
    ) -> None:
        """Begin with what the object's status says; without a directory, keep it in memory only."""
        self._name = name
        self._directory = directory
        self._removal = Removal(name, uid, directory)
        self._deletions = 0
        self._seed = seed
        self._ledger = Ledger(seed)
        self._loading: JournalFile | None = None
        self._loaded: Loaded | None = None
        self._queue: JournalQueue | None = None
        self._trouble = ""
        self._damage = ""
        self.history = History(name, directory)
        """Of what was sent; deleted with all else."""

    @property
    def ledger(self) -> Ledger:
        """What is known; to be read only, and asked for anew each time."""
        return self._ledger

    @property
    def is_open(self) -> bool:
        """Tell whether there is nothing left that an earlier process may have kept."""
        return self._directory is None or self._queue is not None

    @property
    def note(self) -> str:
        """What an admin should know; empty while all is well."""
        if self._removal.note:
            return self._removal.note
        if self._trouble:
            return f"{IN_MEMORY}: {self._trouble}"
        return self._damage

    def record(self, *records: Record) -> None:
        """Note what has happened; what a disk refuses goes along with the next."""
        for record in records:
            self._ledger.apply(record)
        if self._queue is not None and records:
            self._queue.add(*records)

    async def saved(self) -> None:
        """Wait until the disk has, or has refused, all that was recorded before.

        One that does not answer is told of, if this object has asked it for anything.
        """
        if self._directory is None or await self._directory.worker.is_idle():
            return
        silence = self._directory.worker.silence
        if self._removal.is_under_way:
            self._removal.say(silence)
        elif self._is_loading or (self._queue is not None and self._queue.is_writing):
            self._say(silence)

    async def open(self, owner: Owner, at_ms: int) -> bool:
        """Go on where an earlier process of this object, cluster and machine has ended.

        Args:
            owner: of what is kept.
            at_ms: now.

        Returns:
            Whether that was done now; it is tried again as long as it fails. What was deleted
            meanwhile is not opened: `owner` is of before.
        """
        deletions = self._deletions
        await self.delete_what_is_left()
        is_of_before = self._deletions != deletions
        if self._directory is None or self.is_open or self._removal.note or is_of_before:
            return False
        if self._loading is None:
            self._loading = file = JournalFile(self._directory, owner)
            self._directory.worker.submit(file.load, partial(self._note_loaded, file))
        await self.saved()
        if self._loading is None or self._loaded is None:
            return False
        file, loaded, self._loading, self._loaded = self._loading, self._loaded, None, None
        is_changed = take_over(loaded.ledger, self._ledger, self._seed, at_ms)
        self._ledger, self._damage = loaded.ledger, loaded.said or ""
        self._queue = JournalQueue(file, self._ledger, self._directory.worker, self._say)
        if loaded.said:
            logger.warning("%s", loaded.said, extra=about(self._name))
        if is_changed or loaded.said:
            self._queue.rewrite()
        else:
            self._say("")
        self.history.open(owner)
        return True

    def delete(self) -> None:
        """Forget everything but what the status shows; nothing stays on the disk."""
        known = self._ledger.remembered
        self._seed = Remembered(
            last_report_ms=known.last_report_ms,
            dropped_samples=known.dropped_samples,
            loss=known.loss,
            epoch=known.epoch,
            keeps_time=known.keeps_time,
        )
        self._ledger = Ledger(self._seed)
        if self._queue is not None:
            self._queue.close()
        self._queue = self._loading = self._loaded = None
        self._trouble = self._damage = ""
        self._deletions += 1
        self.history.close()
        self._removal.begin()

    async def delete_what_is_left(self) -> None:
        """Try again to remove what should be gone; nothing of it is ever read."""
        if self._removal.note:
            self._removal.begin()
        await self.saved()

    @property
    def _is_loading(self) -> bool:
        return self._loading is not None and self._loaded is None

    def _note_loaded(self, file: JournalFile, outcome: Loaded | TelemetryError) -> None:
        if self._loading is not file:
            return
        if isinstance(outcome, Loaded):
            self._loaded = outcome
        else:
            self._loading = None
            self._say(str(outcome))

    def _say(self, trouble: str) -> None:
        if trouble and trouble != self._trouble:
            logger.warning("%s: %s", IN_MEMORY, trouble, extra=about(self._name))
        elif self._trouble and not trouble:
            logger.info("samples are kept on the disk again", extra=about(self._name))
        self._trouble = trouble
