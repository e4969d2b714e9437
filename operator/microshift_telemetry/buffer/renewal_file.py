"""The file that says when the pod was made anew last: the next pod finds it there."""

import re

from microshift_telemetry.buffer.state_directory import StateDirectory, translated, write_whole
from microshift_telemetry.clock import Instant

_MAX_BYTES = 256


def took_turn(directory: StateDirectory, now: Instant, gap_ms: int) -> bool:
    """Note that the pod is made anew now, unless it was less than `gap_ms` ago.

    Counted by the time since boot, which no clock that is set can change; a boot makes every pod
    anew by itself, so what was before it does not count.

    Raises:
        JournalError: the disk refuses.
    """
    directory.hold()
    with translated(directory.renewal_file):
        try:
            with directory.renewal_file.open("rb") as file:
                kept = file.read(_MAX_BYTES).decode("ascii", errors="replace")
        except FileNotFoundError:
            kept = ""
    found = re.fullmatch(r"(.+) ([0-9]{1,18})\n", kept)
    if found and found[1] == now.boot_id and 0 <= now.boot_ms - int(found[2]) < gap_ms:
        return False
    write_whole(directory.renewal_file, [f"{now.boot_id} {now.boot_ms}\n".encode()])
    directory.sync()
    return True


def give_turn_back(directory: StateDirectory) -> None:
    """Forget that the pod was to be made anew: nobody has heard it.

    Raises:
        JournalError: the disk refuses.
    """
    with translated(directory.renewal_file):
        directory.renewal_file.unlink(missing_ok=True)
