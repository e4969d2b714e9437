"""Each permission of the operator taken away in turn: something breaks, and says what."""

import pytest

from tests.support.device import NAMESPACE, Device
from tests.support.rbac_rules import LOST, RULES, SECONDS, ask_for_a_report, without
from tests.support.waiting import wait_for


def test_each_rule_has_its_loss() -> None:
    assert RULES.keys() == {
        *(*LOST, "telemetryconfigs", "telemetryconfigs/status"),
        f"{NAMESPACE}/pods",  # test_renewal.py
        "default/events",  # test_events.py
    }


@pytest.mark.parametrize("lost", LOST)
def test_without_a_rule_a_condition_says_what_is_missing(device: Device, lost: str) -> None:
    kind, words = LOST[lost]
    ask_for_a_report(device)

    with without(RULES[lost], device.control_plane), device.operator():
        device.wait_for(kind, words=words)


def test_without_reading_telemetry_configs_it_does_not_start(device: Device) -> None:
    with (
        without(RULES["telemetryconfigs"], device.control_plane),
        device.start_operator() as operator,
    ):
        assert operator.wait(SECONDS) == 1

    assert 'cannot list resource "telemetryconfigs"' in operator.log()


def test_without_writing_its_status_it_says_so_in_the_log(device: Device) -> None:
    ask_for_a_report(device)

    with (
        without(RULES["telemetryconfigs/status"], device.control_plane),
        device.operator() as operator,
    ):
        wait_for(
            "the log", lambda: "telemetryconfigs/cluster/status: 403" in operator.log(), SECONDS
        )

        assert device.status() == {}
