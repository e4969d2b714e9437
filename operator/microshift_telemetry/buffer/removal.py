"""The end of what is kept for an object: tried again until nothing of it is on the disk."""

import logging
from functools import partial

from microshift_telemetry.buffer.state_directory import StateDirectory
from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.logs import about

logger = logging.getLogger(__name__)


class Removal:
    """Removes what is kept for one object, after what is being written for it."""

    def __init__(self, name: str, uid: str, directory: StateDirectory | None) -> None:
        """Remove nothing yet; without a directory, nothing ever."""
        self._name = name
        self._uid = uid
        self._directory = directory
        self.is_under_way = False
        """Whether the disk was asked for it, and has not answered yet."""
        self._trouble = ""

    @property
    def note(self) -> str:
        """Why something is left; empty when nothing is known to be."""
        return self._trouble and f"the samples on the disk are not deleted yet: {self._trouble}"

    def begin(self) -> None:
        """Remove everything; nothing is kept anew before that has come to an end."""
        if self._directory is not None and not self.is_under_way:
            self.is_under_way = True
            remove_all = partial(self._directory.remove_all, self._uid)
            self._directory.worker.submit(remove_all, self._end)

    def say(self, trouble: str) -> None:
        """Note why something is left, for an admin; empty when nothing is known to be."""
        before, self._trouble = self._trouble, trouble
        if trouble not in {"", before}:
            logger.warning("%s; retrying", self.note, extra=about(self._name))

    def _end(self, outcome: TelemetryError | None) -> None:
        self.is_under_way = False
        self.say("" if outcome is None else str(outcome))
