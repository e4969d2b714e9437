"""The tables of `docs/sizing.md`, from what `make scale` has written."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tests.bench.results import shown
from tests.receivers.table import NAMES, version
from tests.scale.disk import SAMPLES
from tests.scale.engines import ENGINES
from tests.scale.load import SERIES
from tests.support.go_toolchain import REPOSITORY

RESULTS = REPOSITORY / "bench" / "scale.json"
PAGE = REPOSITORY / "docs" / "sizing.md"
DEVICES, TEN_TIMES = 10_000, 10
SAMPLES_A_YEAR = 365 * SAMPLES
"""Of one device: 24 passes of 12 dynamic series a day, 5 static ones."""
GIB = 2.0**30
RECEIVERS = 3
"""Of the example Thanos, each with every sample."""
HEAD = ("| figure | 10,000 devices | | 100,000 devices | |", "|---|---|---|---|---|")

Results = Mapping[str, Mapping[str, Any]]


def results() -> Results:
    """Read what was measured last."""
    found: Results = json.loads(RESULTS.read_text())
    return found


def parts() -> Mapping[str, str]:
    """Lay out each marked part of the page."""
    found = results()
    tables = {engine: table(found, engine) for engine in ENGINES}
    return {**tables, "bucket": bucket(found["thanos disk"]), "losses": losses(found)}


def write() -> None:
    """Write the marked parts."""
    page = PAGE.read_text()
    for name, text in parts().items():
        begin, end = f"<!-- begin: {name} -->\n", f"<!-- end: {name} -->"
        before, _, rest = page.partition(begin)
        page = f"{before}{begin}{text}\n{end}{rest.partition(end)[2]}"
    PAGE.write_text(page)


def table(found: Results, engine: str) -> str:
    """Lay out an engine's figures: measured for 10,000 devices, scaled for ten times as many."""
    load, disk = found[f"{engine} load"], found[f"{engine} disk"]
    lines = [*HEAD]
    lines += [
        f"| {what} | {shown(value)}{unit} | {how} | {shown(scaled)}{unit} | "
        f"{'same' if scaled == value else 'scaled'} |"
        for what, value, scaled, unit, how in _rows(engine, load, disk)
    ]
    release = version(engine)
    seen = f"{load['machine']}, shared with other work"
    rate = sum(load["reported"]["answers"].values()) / load["reported"]["seconds"]
    return "\n".join(
        [
            *lines,
            "",
            f"{NAMES[engine]} {release}, load on {load['date']}, disk on {disk['date']}; {seen}.",
            f"The simulated devices, on the same machine, sent {shown(rate)} requests a second.",
        ]
    )


def bucket(disk: Mapping[str, Any]) -> str:
    """Lay out what the bucket of Thanos keeps, before the compactor and after it."""
    added = disk["downsampled"]
    samples = disk["samples"]
    rows = {
        "shipped by three receivers, not compacted": (
            disk["shipped"],
            disk["shipped"]["samples"] / RECEIVERS,
        ),
        "the same, compacted: what the example keeps": (disk["compacted"]["raw"], samples),
        "shipped by one receiver, compacted": (disk["of_one"]["raw"], samples),
        "what downsampling to 5 min adds": (added["5m"], samples),
        "what downsampling to 1 h adds": (added["1h"], samples),
    }
    lines = [
        "| blocks | a sample | its share of the index | a device and year | 10,000 devices |",
        "|---|---|---|---|---|",
    ]
    for what, (kept, of) in rows.items():
        sample, index = kept["bytes"] / of, kept["index_bytes"] / of
        year = sample * SAMPLES_A_YEAR
        lines.append(
            f"| {what} | {shown(sample)} bytes | {shown(index)} bytes | {shown(year / 1024)} KiB "
            f"| {shown(year * DEVICES / GIB)} GiB |"
        )
    asked = disk["account"]
    return "\n".join(
        [
            *lines,
            "",
            f"A sample is measured on {disk['date']}, with {disk['devices']} devices; a year is "
            "scaled from it. From the",
            "compacted bucket, the store gateway and the querier gave back "
            f"{asked['due'] - asked['missing']:,} of {asked['due']:,} samples,",
            f"and {asked['unknown']:,} that were not sent.",
        ]
    )


def losses(found: Results) -> str:
    """Lay out what the loss of one pod cost."""
    lines = [
        "| killed halfway (`kill -9`) | devices | no answer | other answers | samples lost |",
        "|---|---|---|---|---|",
    ]
    for name, run in found.items():
        engine, _, part = name.partition(" ")
        if not part.startswith("lost"):
            continue
        kind = ENGINES[engine]
        pod = f"{kind.storage if part == 'lost' else kind.entry}-0"
        answers = dict(run["reported"]["answers"])
        silent = answers.pop("0", 0)
        others = ", ".join(f"{code}: {count:,}" for code, count in sorted(answers.items()))
        lost = f"{run['account']['missing']:,} of {run['account']['due']:,}"
        lines.append(f"| `{pod}` | {run['devices']:,} | {silent:,} | {others} | {lost} |")
    return "\n".join(lines)


def _rows(
    engine: str, load: Mapping[str, Any], disk: Mapping[str, Any]
) -> Iterator[tuple[str, float, float, str, str]]:
    reported, used = load["reported"], load["used"]
    kept, devices = used[ENGINES[engine].storage], load["devices"]
    requests = sum(reported["answers"].values())
    cpu = sum(each["cpu_seconds"] for each in used.values())
    grown = kept["peak_mib"] - kept["idle_mib"]
    on_one = devices * SERIES / (kept["pods"] if engine == "victoria-metrics" else 1)
    year = disk["bytes"] / disk["samples"] * SAMPLES_A_YEAR

    def row(
        what: str, value: float, unit: str = "", how: str = "measured", base: float = 0.0
    ) -> tuple[str, float, float, str, str]:
        return what, value, base + (value - base) * TEN_TIMES, unit, how

    yield row("active series", devices * SERIES, how="computed")
    yield row("requests for a report of each device", requests)
    yield row("requests a second, on average over a day", requests / 86_400, how="computed")
    yield row("CPU for them, all pods together", cpu, " s")
    yield "requests for a second of CPU", requests / cpu, requests / cpu, "", "computed"
    yield row(
        f"memory of one `{ENGINES[engine].storage}`, peak",
        kept["peak_mib"],
        " MiB",
        base=kept["idle_mib"],
    )
    per_series = grown * 1024 / on_one
    yield "memory of one active series", per_series, per_series, " KiB", "computed from the peak"
    sample = disk["bytes"] / disk["samples"]
    yield "disk for a sample, compacted", sample, sample, " bytes", "measured"
    yield "disk for a device and year", year / 1024, year / 1024, " KiB", "computed from a sample"
    yield row("disk for all devices and a year", year * DEVICES / GIB, " GiB", "computed")
