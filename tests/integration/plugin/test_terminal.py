"""`kubectl telemetry` before a person: colours, a question, a screen that changes."""

import json
import os
import signal

import pytest

from tests.support.device import NOBODY_LISTENS, Device
from tests.support.plugin import Plugin
from tests.support.waiting import wait_for


@pytest.mark.parametrize(
    ("typed", "code", "status"),
    [("n\n", 1, "Enabled"), ("\n", 1, "Enabled"), ("y\n", 0, "Disabled"), ("\x04", 1, "Enabled")],
    ids=["no", "nothing", "yes", "end"],
)
def test_on_a_terminal_an_opt_out_is_asked_for_once(
    device: Device, plugin: Plugin, typed: str, code: int, status: str
) -> None:
    device.apply(endpoint=NOBODY_LISTENS)

    ended, seen = plugin.on_terminal("disable", typed=typed)

    assert (ended, seen.count("[y/N]")) == (code, 1)
    stored = json.loads(device.control_plane.kubectl("get", "tcfg", "cluster", "-o", "json"))
    assert stored["spec"]["status"] == status


def test_colours_are_for_a_terminal_that_wants_them(device: Device, plugin: Plugin) -> None:
    device.apply(endpoint=NOBODY_LISTENS)

    _, coloured = plugin.on_terminal("status")
    _, plain = plugin.on_terminal("status", NO_COLOR="1")

    assert "\x1b[1mcluster\x1b[0m" in coloured
    assert ("\x1b" in plain, "\x1b" in plugin("status").stdout) == (False, False)


def test_a_watch_shows_what_changes_until_ctrl_c(device: Device, plugin: Plugin) -> None:
    device.apply(endpoint=NOBODY_LISTENS)
    watch = plugin.start("status", "--watch")
    assert watch.stdout is not None
    seen: list[str] = []

    def is_seen(words: str) -> bool:
        assert watch.stdout is not None
        seen.append(watch.stdout.readline())
        return words in seen[-1]

    wait_for("the first screen", lambda: is_seen("cluster: unknown"), 30)
    device.apply(endpoint=NOBODY_LISTENS, status="Disabled")
    wait_for("the change", lambda: is_seen("cluster: off"), 30)
    os.killpg(watch.pid, signal.SIGINT)
    _, said = watch.communicate(timeout=20)

    assert (watch.returncode, said) == (-signal.SIGINT, "")
