"""The device's salt: made when it is first needed, and the same from then on."""

import logging
import os
from functools import partial

from microshift_telemetry.buffer.form import Shape
from microshift_telemetry.buffer.salt_file import kept_salt
from microshift_telemetry.buffer.state_directory import StateDirectory
from microshift_telemetry.errors import TelemetryError

SALT_BYTES = 32

logger = logging.getLogger(__name__)


class DeviceSalt:
    """One salt for every TelemetryConfig; without a disk it ends with the process."""

    def __init__(self, directory: StateDirectory | None) -> None:
        """Touch nothing yet."""
        self._directory = directory
        self._salt = b""
        self._is_kept = self._is_asked_for = False

    async def for_report(self, shape: Shape) -> bytes:
        """Give what a report's labels are hidden with; empty where none are.

        Where there is a disk, the salt is on it before anything is sent with it. On a disk that
        fails it is looked for at every call: what an earlier process has kept there counts as soon
        as it can be read.
        """
        return await self._salt_of(shape.cluster_id) if shape.anonymized else b""

    async def _salt_of(self, cluster_id: str) -> bytes:
        if self._directory is not None and not self._is_kept:
            worker, new = self._directory.worker, self._salt or os.urandom(SALT_BYTES)
            if not self._is_asked_for:
                self._is_asked_for = True
                take_up = partial(kept_salt, self._directory, cluster_id, new)
                worker.submit(take_up, self._take)
            if not await worker.is_idle():
                self._make_do(worker.silence)
        self._salt = self._salt or os.urandom(SALT_BYTES)
        return self._salt

    def _take(self, outcome: bytes | Exception) -> None:
        self._is_asked_for = False
        if isinstance(outcome, bytes):
            self._salt, self._is_kept = outcome, True
        elif isinstance(outcome, TelemetryError):
            self._make_do(str(outcome))
        else:
            raise outcome

    def _make_do(self, trouble: str) -> None:
        if not self._salt:
            logger.warning("anonymised labels change with the next start: %s", trouble)
            self._salt = os.urandom(SALT_BYTES)
