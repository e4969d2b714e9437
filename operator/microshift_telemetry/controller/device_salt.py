"""The device's salt: made when it is first needed, and the same from then on."""

import logging
import os

from microshift_telemetry.buffer.form import Shape
from microshift_telemetry.buffer.salt_file import read_salt, write_salt
from microshift_telemetry.buffer.state_directory import JournalError, StateDirectory

SALT_BYTES = 32

logger = logging.getLogger(__name__)


class DeviceSalt:
    """One salt for every TelemetryConfig; without a disk it ends with the process."""

    def __init__(self, directory: StateDirectory | None) -> None:
        """Touch nothing yet."""
        self._directory = directory
        self._salt = b""
        self._is_kept = False

    def for_report(self, shape: Shape) -> bytes:
        """Give what a report's labels are hidden with; empty where none are.

        Where there is a disk, the salt is on it before anything is sent with it. On a disk that
        fails it is looked for at every call: what an earlier process has kept there counts as soon
        as it can be read.
        """
        return self._salt_of(shape.cluster_id) if shape.anonymized else b""

    def _salt_of(self, cluster_id: str) -> bytes:
        if not self._is_kept:
            try:
                self._take_up(cluster_id)
            except JournalError as error:
                if not self._salt:
                    logger.warning("anonymised labels change with the next start: %s", error)
            self._salt = self._salt or os.urandom(SALT_BYTES)
        return self._salt

    def _take_up(self, cluster_id: str) -> None:
        if self._directory is None:
            return
        kept = read_salt(self._directory, cluster_id)
        self._salt = kept or self._salt or os.urandom(SALT_BYTES)
        if kept is None:
            write_salt(self._directory, cluster_id, self._salt)
            logger.info("a salt was made; anonymised labels are hashed with it from now on")
        self._is_kept = True
