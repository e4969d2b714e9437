import io

import pytest

from tests.support.build_progress import (
    WIDTH,
    Progress,
    Reached,
    building_line,
    duration,
    fetching_line,
    reached,
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_fetched_modules_and_compiled_packages_are_told_apart() -> None:
    log = ["go: downloading golang.org/x/net v0.40.0", "unsafe", "golang.org/x/net/idna"]

    assert reached(log) == Reached(fetched=1, compiled=2)


@pytest.mark.parametrize(
    ("fetched", "line"),
    [
        (0, "kubernetes: looking at what there is to build, 2 s"),
        (1, "kubernetes: fetching Go modules: 1 module so far, 2 s"),
        (57, "kubernetes: fetching Go modules: 57 modules so far, 2 s"),
    ],
)
def test_the_look_at_what_there_is_tells_of_downloads(fetched: int, line: str) -> None:
    assert fetching_line("kubernetes", fetched, 2.0) == line


@pytest.mark.parametrize(
    ("done", "seconds", "line"),
    [
        pytest.param(0, 1.0, "etcd: 0 of 1000 packages, 1 s", id="nothing to go by"),
        pytest.param(49, 9.0, "etcd: 49 of 1000 packages, 9 s", id="too little to go by"),
        pytest.param(
            250, 40.0, "etcd: 250 of 1000 packages, 40 s, about 2 min 0 s left", id="a quarter"
        ),
        pytest.param(1000, 90.0, "etcd: 1000 of 1000 packages, 1 min 30 s, linking", id="all"),
        pytest.param(1003, 90.0, "etcd: 1000 of 1000 packages, 1 min 30 s, linking", id="more"),
    ],
)
def test_a_build_tells_how_far_of_how_much_and_how_long_still(
    done: int, seconds: float, line: str
) -> None:
    assert building_line("etcd", done, 1000, seconds) == line


def test_nothing_to_compile_is_only_linked() -> None:
    assert building_line("etcd", 0, 0, 1.0) == "etcd: 0 of 0 packages, 1 s, linking"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (59.4, "59 s"), (59.6, "1 min 0 s"), (200, "3 min 20 s")]
)
def test_seconds_are_written_as_people_do(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_a_terminal_has_one_line_that_is_rewritten_and_taken_away() -> None:
    out = Terminal()

    with Progress(out) as progress:
        progress.show("one")
        progress.show("one")
        progress.show("two")

    assert out.getvalue() == "\r\x1b[Kone\r\x1b[Ktwo\r\x1b[K"


def test_what_stays_replaces_the_line() -> None:
    out = Terminal()

    with Progress(out) as progress:
        progress.show("one")
        progress.say("done")

    assert out.getvalue() == "\r\x1b[Kone\r\x1b[Kdone\n"


def test_a_line_never_wraps_in_a_terminal() -> None:
    out = Terminal()

    with Progress(out) as progress:
        progress.show("x" * 200)

    assert out.getvalue().count("x") == WIDTH


def test_a_log_gets_a_line_when_it_is_time_and_no_control_characters() -> None:
    times = [100.0, 101.0, 114.9, 115.0, 115.0, 116.0, 130.0, 130.0]
    out = io.StringIO()

    with Progress(out, clock=iter(times).__next__) as progress:
        for line in ("at 101", "at 114.9", "at 115", "at 116", "at 130"):
            progress.show(line)
        progress.say("done")

    assert out.getvalue() == "at 115\nat 130\ndone\n"
