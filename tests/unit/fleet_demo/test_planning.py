"""A seed and a number make one fleet, with its faults where they belong."""

from collections import Counter

import pytest

from tests.fleet_demo.device import DAY_MS, Fault
from tests.fleet_demo.planning import DARK_SITE, LAST, NEWEST, OLDEST, SHARES, planned
from tests.unit.fleet_demo.factories import NOW, a_plan


def test_the_same_seed_gives_the_same_fleet() -> None:
    assert planned(a_plan()) == planned(a_plan())
    assert planned(a_plan()) != planned(a_plan(seed=8))


@pytest.mark.parametrize("devices", [100, 200, 2_000])
def test_each_fault_has_its_share_of_the_devices(devices: int) -> None:
    counts = Counter(each.fault for each in planned(a_plan(devices=devices)))

    assert {fault: counts[fault] for fault in SHARES} == {
        fault: max(1, round(share * devices)) for fault, share in SHARES.items()
    }


def test_a_fault_that_a_receiver_cannot_show_is_left_out() -> None:
    fleet = planned(a_plan(without=frozenset({Fault.CLOCK_AHEAD})))

    assert {each.fault for each in fleet} == {None, *Fault} - {Fault.CLOCK_AHEAD}


def test_a_dark_site_has_no_other_fault_and_no_other_site_is_dark() -> None:
    fleet = planned(a_plan())

    assert {each.fault for each in fleet if each.site == DARK_SITE} == {Fault.DARK_SITE}
    assert {each.site for each in fleet if each.fault is Fault.DARK_SITE} == {DARK_SITE}


def test_ids_are_unique() -> None:
    fleet = planned(a_plan(devices=2_000))

    assert len({each.id for each in fleet}) == len(fleet)


def test_updates_come_in_waves_and_some_are_taken_back() -> None:
    fleet = planned(a_plan(devices=2_000))

    def on_newest(days_ago: int) -> int:
        at_ms = NOW - days_ago * DAY_MS
        return sum(each.joined_ms <= at_ms and each.version_at(at_ms) == NEWEST for each in fleet)

    assert 0 == on_newest(10) < on_newest(7) < on_newest(4) < on_newest(0) < len(fleet)
    ways = {each.fault: [name for _, name in each.versions] for each in fleet}
    assert ways[Fault.ROLLED_BACK][-2:] == [NEWEST, LAST]
    assert ways[Fault.LEFT_BEHIND] == [OLDEST]


def test_some_devices_are_new_and_none_of_them_is_faulty() -> None:
    fleet = planned(a_plan())

    new = [each for each in fleet if each.joined_ms > NOW - 15 * DAY_MS]

    assert 0 < len(new) < len(fleet) / 10
    assert {each.fault for each in new} == {None}
