import json
import logging
import re
from collections.abc import Iterator

import pytest

from microshift_telemetry.logs import configure_logs

OURS = logging.getLogger("microshift_telemetry.controller.reporting")
NOISY = ("kopf", "kopf.objects", "aiohttp.access", "asyncio")


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """The configuration is the process'; the test run has its own."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    levels = {name: logging.getLogger(name).level for name in NOISY}
    root.handlers.clear()
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)


def _fail(logger: logging.Logger, message: str) -> None:
    try:
        _ = 1 / 0
    except ZeroDivisionError:
        logger.exception(message)


def test_a_plain_line_has_time_level_and_message(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(logging.INFO, as_json=False)

    OURS.info("%s: report delivered: requests=%d", "cluster", 2)

    line = capsys.readouterr().err
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z INFO cluster: report delivered: requests=2\n", line
    )


def test_a_json_line_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(logging.INFO, as_json=True)

    OURS.warning('cluster: said "no"\nand went')

    [line] = capsys.readouterr().err.splitlines()
    event = json.loads(line)
    assert event.pop("time").endswith("Z")
    assert event == {
        "level": "WARNING",
        "logger": "microshift_telemetry.controller.reporting",
        "message": 'cluster: said "no"\nand went',
    }


def test_a_bug_of_ours_is_told_with_its_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(logging.INFO, as_json=False)

    _fail(OURS, "cluster: internal error")

    said = capsys.readouterr().err
    assert "ERROR cluster: internal error\nTraceback" in said
    assert said.endswith("ZeroDivisionError: division by zero\n")


def test_a_bug_of_ours_is_one_json_object_too(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(logging.INFO, as_json=True)

    _fail(OURS, "cluster: internal error")

    [line] = capsys.readouterr().err.splitlines()
    assert json.loads(line)["traceback"].endswith("ZeroDivisionError: division by zero")


@pytest.mark.parametrize("name", NOISY)
def test_what_others_say_at_each_tick_is_left_out(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs(logging.INFO, as_json=False)

    logging.getLogger(name).info("Timer 'sampling' succeeded.")
    logging.getLogger(name).warning("something is wrong")

    [line] = capsys.readouterr().err.splitlines()
    assert line.endswith("WARNING something is wrong")


@pytest.mark.parametrize(
    ("level", "tracebacks"), [(logging.INFO, 0), (logging.DEBUG, 1)], ids=["info", "debug"]
)
def test_the_traceback_of_a_neighbours_failure_shows_only_to_who_debugs(
    level: int, tracebacks: int, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs(level, as_json=False)

    _fail(logging.getLogger("kopf.objects"), "the API server is away")

    assert capsys.readouterr().err.count("Traceback") == tracebacks


def test_the_level_is_the_one_that_was_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(logging.ERROR, as_json=False)

    OURS.warning("not this")
    logging.getLogger("kopf").warning("nor this")
    OURS.error("this")

    [line] = capsys.readouterr().err.splitlines()
    assert line.endswith("ERROR this")
