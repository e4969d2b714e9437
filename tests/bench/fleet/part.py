"""The fleet's part of the benchmark: each scenario, for each seed, on every core."""

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

from tests.bench.fleet.scenarios import SCENARIOS, Load, Scenario, load_of
from tests.bench.results import Curve, Part, shown

DEVICES = 100_000
SEEDS = range(1, 21)
FOR_EVERY_SEED = frozenset({"power_cut", "outage", "steady"})
"""Those whose budget chance could break; the others are run for the first seed."""


def measure(*, short: bool) -> Part:
    """Run the simulation; the short form has a hundredth of the devices and one seed."""
    part = Part("fleet")
    devices, seeds = (DEVICES // 100, SEEDS[:1]) if short else (DEVICES, SEEDS)
    jobs = [
        (scenario, seed)
        for scenario in SCENARIOS
        for seed in (seeds if scenario.key in FOR_EVERY_SEED else seeds[:1])
    ]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        loads = list(
            pool.map(load_of, *zip(*jobs, strict=True), [devices] * len(jobs), chunksize=1)
        )
    for scenario in SCENARIOS:
        _tell(
            part,
            scenario,
            [load for (of, _), load in zip(jobs, loads, strict=True) if of is scenario],
        )
    part.notes.append(
        f"{devices:,} devices; {', '.join(sorted(FOR_EVERY_SEED))}: the worst of seeds "
        f"{seeds[0]} to {seeds[-1]}, the others: seed {seeds[0]}. The optimum is the same requests "
        "spread evenly. A simulated device sends when the whole controller does "
        "(`tests/unit/bench/test_fleet_device.py`); packets that vanish follow Linux' times and "
        "our limit."
    )
    return part


def _tell(part: Part, scenario: Scenario, loads: Sequence[Load]) -> None:
    worst = max(loads, key=lambda load: load.ratio)
    title, bins = scenario.title, f"{scenario.bin_seconds} s bins"
    peak, optimum = shown(worst.peak_per_second), shown(worst.optimum_per_second)
    note = f"peak {peak}/s, optimum {optimum}/s, {bins}"
    part.add(f"{scenario.key}.ratio", f"{title}: peak / optimum", worst.ratio, "x", note)
    highest = max(load.highest_per_second for load in loads)
    part.add(f"{scenario.key}.peak", f"{title}: highest load", highest, "requests/s", bins)
    spread = max(load.last_delivery_seconds for load in loads)
    part.add(f"{scenario.key}.spread", f"{title}: all have delivered after", spread, "s")
    starved = sum(load.starved for load in loads)
    part.add(f"{scenario.key}.starved", f"{title}: starved devices", starved, "devices")
    first, window, plot = loads[0], scenario.window, scenario.shown
    edges = (max(window.begin, plot.begin), min(window.end, plot.end))
    even = [(edge, first.optimum_per_second) for edge in edges]
    lines = {"requests": first.curve, "optimum": even}
    part.curves.append(Curve(scenario.key, title, "seconds", "requests/s", lines))
