"""The last reports of one TelemetryConfig as they were sent, for whoever asks later.

It never stands in a report's way: what the disk does not take is not kept, and said.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from microshift_telemetry.buffer.history_file import HistoryFile, KeptRequest, KeptResponse
from microshift_telemetry.buffer.owner import Owner
from microshift_telemetry.buffer.state_directory import StateDirectory
from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.logs import about

MAX_UNWRITTEN = 8
"""Jobs that a disk has not answered; nothing more waits for one that hangs."""

logger = logging.getLogger(__name__)


class History:
    """Keeps one object's requests, from the moment its store is open until it is deleted."""

    def __init__(self, name: str, directory: StateDirectory | None) -> None:
        """Keep nothing yet; without a directory, nothing ever."""
        self._name = name
        self._directory = directory
        self._file: HistoryFile | None = None
        self._is_empty = False
        self._report: object = None
        self._sent_ms: int | None = None
        self._unwritten = 0
        self._trouble = ""

    @property
    def note(self) -> str:
        """Why something was not kept; empty while all is well."""
        return self._trouble and f"a report was not added to the history: {self._trouble}"

    def open(self, owner: Owner) -> None:
        """Go on in what an earlier process of this owner has kept."""
        if self._directory is not None:
            self._file = HistoryFile(self._directory, owner)

    def close(self) -> None:
        """Keep nothing more: what there was is deleted."""
        self._file = self._report = self._sent_ms = None
        self._is_empty, self._trouble = False, ""

    def add(self, sent: KeptRequest, report: object, limit: int) -> None:
        """Keep a request whose body goes out now.

        Args:
            sent: the request.
            report: whose it is; told by identity from the one before.
            limit: so many reports are kept; 0: none.
        """
        self._sent_ms = None
        if not limit:
            self.clear()
            return
        if self._file is None or self._directory is None:
            return
        if self._unwritten >= MAX_UNWRITTEN:
            self._say(self._directory.worker.silence)
            return
        is_first, self._report = report is not self._report, report
        self._sent_ms, self._is_empty = sent.time_ms, False
        self._submit(partial(self._file.keep, replace(sent, is_first=is_first), limit))

    def answer(self, time_ms: int, status_code: int) -> None:
        """Keep the response to the newest request; one that has a response keeps it."""
        sent_ms, self._sent_ms = self._sent_ms, None
        if self._file is not None and sent_ms is not None:
            response = KeptResponse(time_ms, status_code)
            self._submit(partial(self._file.note, sent_ms, response), ends_trouble=False)

    def clear(self) -> None:
        """Remove what is kept."""
        self._report = self._sent_ms = None
        if self._file is not None and not self._is_empty:
            self._is_empty = True
            self._submit(self._file.remove)

    async def read(self, limit: int) -> list[list[KeptRequest]]:
        """Give the newest reports, oldest first, each with its requests.

        Raises:
            TelemetryError: the disk does not give them; the text says why.
        """
        if self._directory is None or self._file is None or not limit:
            return []
        reports = list[list[KeptRequest]]()
        for sent in await self._directory.worker.ask(self._file.read):
            if sent.is_first or not reports:
                reports.append([])
            reports[-1].append(sent)
        return reports[-limit:]

    def _submit(self, job: Callable[[], None], *, ends_trouble: bool = True) -> None:
        if self._directory is not None:
            self._unwritten += 1
            done = partial(self._end, self._file, ends_trouble=ends_trouble)
            self._directory.worker.submit(job, done)

    def _end(
        self, file: HistoryFile | None, outcome: TelemetryError | None, *, ends_trouble: bool
    ) -> None:
        self._unwritten -= 1
        if file is not self._file:
            return
        self._is_empty &= outcome is None
        if outcome is not None:
            self._say(str(outcome))
        elif ends_trouble:
            self._say("")

    def _say(self, trouble: str) -> None:
        before, self._trouble = self._trouble, trouble
        if trouble not in {"", before}:
            logger.warning("%s", self.note, extra=about(self._name))
