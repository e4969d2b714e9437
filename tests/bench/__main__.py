"""`python -m tests.bench [--smoke] [--part NAME …]`: measure, tell, write the report."""

import argparse
import logging
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from microshift_telemetry.clock import SystemClock
from tests.bench import footprint, growth, metered, ours, peers, report
from tests.bench.fleet import part as fleet
from tests.bench.results import RESULTS, Part, load, save
from tests.support.go_toolchain import REPOSITORY

PARTS: Mapping[str, Callable[..., Part]] = {
    "ours": ours.measure,
    "metered": metered.measure,
    "footprint": footprint.measure,
    "peers": peers.measure,
    "growth": growth.measure,
    "fleet": fleet.measure,
}
SMOKE = REPOSITORY / "build" / "bench-smoke"


def main() -> int:
    """Run the parts that are asked for; the short form leaves the repository's results alone."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="show that it works, judge nothing")
    parser.add_argument("--part", action="append", choices=PARTS, help="one part, not all")
    arguments = parser.parse_args()
    names = arguments.part or list(PARTS)
    logging.disable()  # what the operator says of its simulated days is no result
    results = SMOKE / "results.json" if arguments.smoke else RESULTS
    parts = {} if arguments.smoke else load(results)
    for name in names:
        print(f"measuring: {name}", flush=True)
        parts[name] = _measured(name, short=arguments.smoke)
        print(f"measured: {name}, in {parts[name].seconds:.0f} s", flush=True)
        save(parts, results)
    print(report.told(parts, names))
    if not arguments.smoke:
        print(report.budgets_told(parts))
    page = report.write(parts, SMOKE if arguments.smoke else report.DOCS)
    print(f"\nwritten: {results}, {page}")
    return 0


def _measured(name: str, *, short: bool) -> Part:
    began = time.monotonic()
    part = PARTS[name](short=short)
    part.seconds = round(time.monotonic() - began, 1)
    part.at = SystemClock().now().strftime("%Y-%m-%dT%H:%MZ")
    part.revision = _revision()
    part.machine = {
        "cpu": f"{os.cpu_count()} cores, {_cpu_model()}",
        "kernel": f"Linux {platform.release()}",
        "python": f"Python {platform.python_version()}",
    }
    return part


def _revision() -> str:
    """Name the commit; what the benchmark itself writes does not count as a change."""
    git = ["git", f"--work-tree={REPOSITORY}", f"--git-dir={REPOSITORY / '.git'}"]
    measured = ("operator", "packaging", "requirements", "Containerfile", "tests")
    commit = subprocess.check_output([*git, "rev-parse", "--short", "HEAD"], text=True).strip()
    changed = subprocess.check_output([*git, "status", "--porcelain", "--", *measured], text=True)
    return f"{commit}+" if changed else commit


def _cpu_model() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")),
        platform.machine(),
    )


if __name__ == "__main__":
    sys.exit(main())
