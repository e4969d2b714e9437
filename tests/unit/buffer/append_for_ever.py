"""A process that keeps passes in a journal until it is killed, telling each that lasts."""

import sys
from pathlib import Path

from microshift_telemetry.buffer.journal import Image
from microshift_telemetry.buffer.journal_file import JournalFile
from microshift_telemetry.buffer.state_directory import StateDirectory
from tests.unit.buffer.journals import OWNER, REMEMBERED, keep, record
from tests.unit.factories import MINUTE, NOON, a_full_pass


def main() -> None:
    """Go on where the one before was killed; every 50th pass the file is written anew."""
    journal = JournalFile(StateDirectory(Path(sys.argv[1])), OWNER)
    live = journal.load().ledger
    record(journal, live, REMEMBERED)
    number = len(live.backlog.times_ms)
    while True:
        keep(journal, live, a_full_pass(NOON + number * MINUTE))
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
        number += 1
        if number % 50 == 0:
            journal.rewrite(Image.of(OWNER, live))


if __name__ == "__main__":
    main()
