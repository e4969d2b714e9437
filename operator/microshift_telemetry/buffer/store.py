"""The one owner of a TelemetryConfig's ledger: what is recorded here is in memory and on the disk.

Without a disk, or with a full one, it goes on in memory, says so, and catches up.
"""

import logging

from microshift_telemetry.buffer.journal import Owner
from microshift_telemetry.buffer.journal_file import JournalFile
from microshift_telemetry.buffer.ledger import Ledger
from microshift_telemetry.buffer.records import Record, Remembered
from microshift_telemetry.buffer.state_directory import JournalError, StateDirectory
from microshift_telemetry.buffer.takeover import take_over

logger = logging.getLogger(__name__)


class Store:
    """Keeps one object's ledger."""

    def __init__(
        self, name: str, uid: str, directory: StateDirectory | None, seed: Remembered
    ) -> None:
        """Begin with what the object's status says; without a directory, keep it in memory only."""
        self._name = name
        self._uid = uid
        self._directory = directory
        self._seed = seed
        self._ledger = Ledger(seed)
        self._file: JournalFile | None = None
        self._trouble = ""
        self._damage = ""
        self._undeleted = ""

    @property
    def ledger(self) -> Ledger:
        """What is known; to be read only, and asked for anew each time."""
        return self._ledger

    @property
    def is_open(self) -> bool:
        """Tell whether there is nothing left that an earlier process may have kept."""
        return self._directory is None or self._file is not None

    @property
    def note(self) -> str:
        """What an admin should know; empty while all is well."""
        if self._undeleted:
            return f"what was kept on the disk is not deleted yet: {self._undeleted}"
        if self._trouble:
            return f"samples are kept in memory only: {self._trouble}"
        return self._damage

    def record(self, *records: Record) -> None:
        """Note what has happened, in one write; what a disk refuses goes along with the next."""
        for record in records:
            self._ledger.apply(record)
        if self._file is not None and records:
            self._write(self._file, *records)

    def open(self, owner: Owner, at_ms: int) -> bool:
        """Go on where an earlier process of this object, cluster and machine has ended.

        Args:
            owner: of what is kept.
            at_ms: now.

        Returns:
            Whether that was done now; it is tried again as long as it fails.
        """
        self.delete_what_is_left()
        if self._undeleted or self._directory is None or self._file is not None:
            return False
        file = JournalFile(self._directory, owner)
        try:
            loaded = file.load()
        except JournalError as error:
            self._say(str(error))
            return False
        if loaded.said:
            logger.warning("%s: %s", self._name, loaded.said)
        self._damage = loaded.said or ""
        is_changed = take_over(loaded.ledger, self._ledger, self._seed, at_ms)
        self._file, self._ledger = file, loaded.ledger
        if is_changed or loaded.said:
            self._write(file)
        else:
            self._say("")
        return True

    def delete(self) -> None:
        """Forget everything but what the status shows; nothing stays on the disk."""
        known = self._ledger.remembered
        self._seed = Remembered(
            last_report_ms=known.last_report_ms,
            dropped_samples=known.dropped_samples,
            loss=known.loss,
            epoch=known.epoch,
        )
        self._ledger = Ledger(self._seed)
        self._file, self._trouble, self._damage = None, "", ""
        self._remove()

    def delete_what_is_left(self) -> None:
        """Try again to remove what should be gone; nothing of it is ever read."""
        if self._undeleted:
            self._remove()

    def _remove(self) -> None:
        if self._directory is None:
            return
        before, self._undeleted = self._undeleted, ""
        try:
            self._directory.remove_all(self._uid)
        except JournalError as error:
            self._undeleted = str(error)
            if before != self._undeleted:
                logger.warning("%s: %s; tried again", self._name, self.note)

    def _write(self, file: JournalFile, *records: Record) -> None:
        """Append records; without any, write everything anew."""
        try:
            if records:
                file.append(self._ledger, *records)
            else:
                file.rewrite(self._ledger)
        except JournalError as error:
            self._say(str(error))
        else:
            self._say("")

    def _say(self, trouble: str) -> None:
        if trouble and trouble != self._trouble:
            logger.warning("%s: samples are kept in memory only: %s", self._name, trouble)
        elif self._trouble and not trouble:
            logger.info("%s: samples are kept on the disk again", self._name)
        self._trouble = trouble
