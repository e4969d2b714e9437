"""What a receiver sees of a small fleet: counted in bins, judged against an even load."""

from dataclasses import replace

import pytest

from tests.bench.fleet.scenarios import (
    A_DAY,
    CONNECT_SECONDS,
    RETRY_CAP,
    SCENARIOS,
    Scenario,
    load_of,
)
from tests.bench.fleet.world import Span, World

DEVICES = 300
BY_KEY = {scenario.key: scenario for scenario in SCENARIOS}
FOR_ALL_AT_ONCE = ("power_cut", "outage", "silent_outage")
BY_CHANCE = 3
"""What chance can make of the fullest of thirty bins with ten requests each."""


@pytest.mark.parametrize("scenario", [BY_KEY[key] for key in FOR_ALL_AT_ONCE], ids=FOR_ALL_AT_ONCE)
def test_what_comes_back_at_once_delivers_within_one_retry(scenario: Scenario) -> None:
    load = load_of(scenario, seed=1, devices=DEVICES)

    assert load.starved == 0
    assert load.requests >= DEVICES
    assert 0 < load.last_delivery_seconds < RETRY_CAP + CONNECT_SECONDS
    assert load.ratio < BY_CHANCE


@pytest.mark.parametrize("key", ["unavailable", "power_cut_unavailable"])
def test_a_receiver_that_was_unavailable_gets_what_was_owed(key: str) -> None:
    load = load_of(BY_KEY[key], seed=1, devices=DEVICES)

    assert load.starved == 0
    assert load.last_delivery_seconds > 0


def test_a_receiver_that_stays_away_starves_everybody_who_tries() -> None:
    scenario = BY_KEY["power_cut_unavailable"]
    never_back = replace(scenario, world=World(unavailable=Span(0, A_DAY)))

    load = load_of(never_back, seed=1, devices=DEVICES)

    assert load.starved == DEVICES
    assert load.last_delivery_seconds == 0


def test_the_same_seed_gives_the_same_fleet() -> None:
    one, same, other = (load_of(BY_KEY["power_cut"], seed, 50) for seed in (1, 1, 2))

    assert one == same
    assert one != other
