"""Where the memory goes: what is imported, what is done about it, what more would be needed."""

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean

from tests.bench.results import Part
from tests.bench.testbed import Testbed, open_testbed
from tests.bench.usage import Memory, memory, parse_memory
from tests.support.image_environment import image_environment
from tests.support.operator_process import PYTHON
from tests.support.tools import build_tools

IMPORTS: Mapping[str, Sequence[str]] = {
    "Python alone": (),
    "asyncio and TLS": ("asyncio", "ssl"),
    "aiohttp, whose server kopf wants": ("aiohttp", "aiohttp.web"),
    "kopf": ("kopf",),
    "psutil, protobuf, snappy": (
        "psutil",
        "snappy",
        "microshift_telemetry.remote_write.remote_write_pb2",
    ),
    "the operator's own modules": ("microshift_telemetry.handlers",),
}
LOOK = """
import importlib, json, sys
from pathlib import Path
for modules in json.loads(sys.argv[1]):
    for module in modules:
        importlib.import_module(module)
    print(json.dumps(Path("/proc/self/smaps_rollup").read_text()), flush=True)
"""
WITHOUT_ROOTS = {"SSL_CERT_FILE": os.devnull, "SSL_CERT_DIR": os.devnull}
"""As the operator loads its modules."""
BYTECODE_WRITTEN: Mapping[str, str | None] = {"PYTHONDONTWRITEBYTECODE": None}
ROUNDS, CYCLES = 2, 25


def measure(*, short: bool) -> Part:
    """Look at the imports one by one, then at the whole operator in several ways to start it."""
    part, (rounds, cycles) = Part("footprint"), (1, 2) if short else (ROUNDS, CYCLES)
    _imports(part)
    with (
        tempfile.TemporaryDirectory(prefix="bench-footprint-") as scratch,
        open_testbed(Path(scratch), build_tools()) as testbed,
    ):
        testbed.apply()
        ways = _ways(Path(scratch) / "bytecode")
        seen: dict[str, list[Memory]] = {way: [] for way in ways}
        with testbed.operator(**ways["optimised"], **BYTECODE_WRITTEN):
            testbed.cycle("compiled")
        for number in range(rounds):
            for way, environment in ways.items():
                seen[way].append(_run(testbed, environment, f"{way} {number}", cycles))
    _told(part, seen, cycles)
    return part


def _ways(bytecode: Path) -> dict[str, dict[str, str | None]]:
    optimised: dict[str, str | None] = {"PYTHONOPTIMIZE": "2", "PYTHONPYCACHEPREFIX": str(bytecode)}
    return {
        "shipped": {},
        "hoarding": {"MALLOC_TRIM_THRESHOLD_": None},
        "optimised": optimised,
    }


def _run(testbed: Testbed, environment: Mapping[str, str | None], name: str, cycles: int) -> Memory:
    with testbed.operator(**environment) as operator:
        for number in range(cycles):
            testbed.cycle(f"{name} {number}")
        return memory(operator.pid)


def _imports(part: Part) -> None:
    told = subprocess.run(
        [PYTHON, "-c", LOOK, json.dumps(list(IMPORTS.values()))],
        env={**image_environment(), **WITHOUT_ROOTS},
        capture_output=True,
        check=True,
        text=True,
    )
    seen = [parse_memory(json.loads(line)) for line in told.stdout.splitlines()]
    for number, (what, after) in enumerate(zip(IMPORTS, seen, strict=True)):
        before = seen[number - 1].rss if number else 0.0
        part.add(f"import_{number}", f"RSS, {what}", after.rss - before, "MiB")


def _told(part: Part, seen: Mapping[str, Sequence[Memory]], cycles: int) -> None:
    rows = {
        "shipped": "RSS of the operator as the image starts it",
        "hoarding": "the same, freed memory given back as late as glibc likes",
        "optimised": "the same without asserts and the standard library's docstrings (-OO)",
    }
    for way, what in rows.items():
        anonymous = mean(each.anonymous for each in seen[way])
        rss = mean(each.rss for each in seen[way])
        part.add(way, what, rss, "MiB", f"{anonymous:.1f} MiB of it anonymous")
    part.notes.append(
        "Imports one after the other in a process of their own, each as what it adds. The "
        f"operator after {cycles} passes with a report, mean of {len(seen['shipped'])} runs in "
        "turn. `-OO` is not shipped: it would want a second set of bytecode of the whole standard "
        "library in the image, and takes out checks of kopf and aiohttp."
    )
