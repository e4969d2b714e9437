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
        self._salt = os.urandom(SALT_BYTES)
        self._is_kept = self._is_told = False

    async def for_report(self, shape: Shape) -> bytes:
        """Give what a report's labels are hidden with; empty where none are.

        Where there is a disk, the salt is on it before anything is sent with it. On a disk that
        fails it is looked for at every call: what an earlier process has kept there counts as soon
        as it can be read.
        """
        return await self._salt_of(shape.cluster_id) if shape.anonymized else b""

    async def _salt_of(self, cluster_id: str) -> bytes:
        if self._directory is not None and not self._is_kept:
            take_up = partial(kept_salt, self._directory, cluster_id, self._salt)
            try:
                self._salt, self._is_kept = await self._directory.worker.ask(take_up), True
            except TelemetryError as error:
                if not self._is_told:
                    logger.warning(
                        "cannot store the salt; anonymised labels change at the next start: %s",
                        error,
                    )
                self._is_told = True
        return self._salt
