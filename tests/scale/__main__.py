"""`python -m tests.scale ENGINE PART`: measure one part, into `bench/scale.json` and the page."""

import argparse
import json
import os
import platform
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from microshift_telemetry.clock import SystemClock
from tests.scale import bucket, disk, load
from tests.scale.engines import ENGINES, Engine, Thanos
from tests.scale.page import RESULTS, results, write


def _disk(engine: Engine, devices: int) -> Any:
    return (bucket if isinstance(engine, Thanos) else disk).measured(engine, devices)


PARTS: Mapping[str, Callable[[Engine, int], Any]] = {
    "load": lambda engine, devices: load.measured(engine, devices),
    "lost": lambda engine, devices: load.measured(engine, devices, f"{engine.storage}-0"),
    "lost-entry": lambda engine, devices: load.measured(engine, devices, f"{engine.entry}-0"),
    "disk": _disk,
}
"""`lost` kills a pod that keeps samples, `lost-entry` one that devices write to."""


def main() -> None:
    """Measure; a part that is measured again takes the place of its old figures."""
    parser = argparse.ArgumentParser(prog="make scale", description=__doc__)
    parser.add_argument("engine", choices=ENGINES)
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("--devices", type=int, default=10_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="scale-") as directory:
        engine = ENGINES[arguments.engine](Path(directory))
        with engine.pods:
            found = asdict(PARTS[arguments.part](engine, arguments.devices))
    all_results = dict(results())
    all_results[f"{arguments.engine} {arguments.part}"] = {
        "date": SystemClock().now().strftime("%Y-%m-%d"),
        "machine": f"{os.cpu_count()} cores, Linux {platform.release()}",
        "devices": arguments.devices,
        **found,
    }
    RESULTS.write_text(json.dumps(dict(sorted(all_results.items())), indent=1) + "\n")
    write()
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
