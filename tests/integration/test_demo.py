"""`make demo` in a terminal: what a visitor's Ctrl-C does to it."""

import os
import pty
import signal

from tests.support.go_toolchain import REPOSITORY


def test_ctrl_c_ends_the_demo_and_make_without_a_word_of_theirs() -> None:
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(REPOSITORY)
        os.execlp("make", "make", "demo")  # noqa: S606  # no shell is wanted
    told = _read_until(terminal, b"Prometheus   ")
    os.write(terminal, b"\x03")
    told += _read_until(terminal, None)
    _, status = os.waitpid(process, 0)

    assert os.waitstatus_to_exitcode(status) == -signal.SIGINT
    *_, last = told.decode().splitlines()
    assert last == "Interrupted; everything is stopped and nothing is left behind."
    assert "Traceback" not in told.decode()


def _read_until(terminal: int, words: bytes | None) -> bytes:
    """Read until these words, or until the end."""
    told = b""
    while words is None or words not in told:
        try:
            some = os.read(terminal, 4096)
        except OSError:  # how Linux says that nobody writes any more
            some = b""
        if not some:
            return told
        told += some
    return told
