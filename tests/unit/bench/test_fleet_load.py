"""What a receiver sees of a small fleet: counted in bins, judged against an even load."""

import pytest

from tests.bench.fleet.scenarios import SCENARIOS, Scenario, load_of

DEVICES = 300
SHORT = [scenario for scenario in SCENARIOS if scenario.until < 2 * 86_400]
"""A week is the same day seven times."""


@pytest.mark.parametrize("scenario", SHORT, ids=lambda scenario: scenario.key)
def test_nobody_starves_and_the_fullest_bin_is_the_peak(scenario: Scenario) -> None:
    load = load_of(scenario, seed=1, devices=DEVICES)

    assert load.starved == 0
    assert load.requests > 0
    assert load.peak_per_second >= load.optimum_per_second > 0
    assert load.highest_per_second >= load.peak_per_second


def test_the_same_seed_gives_the_same_fleet() -> None:
    [power_cut] = [scenario for scenario in SCENARIOS if scenario.key == "power_cut"]

    one, same, other = (load_of(power_cut, seed, 50) for seed in (1, 1, 2))

    assert one == same
    assert one != other
