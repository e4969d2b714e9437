"""Numbers with Grafana's units, as a picture shows them."""

SECOND, MINUTE, HOUR, DAY = 1.0, 60.0, 3600.0, 86400.0


def with_unit(value: float, unit: str) -> str:
    """Write a number in a unit of Grafana's; one that is not known here is left out."""
    match unit:
        case "bytes":
            return _scaled(value, ("B", "KiB", "MiB", "GiB", "TiB", "PiB"), 1024)
        case "decbytes":
            return _scaled(value, ("B", "kB", "MB", "GB", "TB", "PB"), 1000)
        case "percent":
            return f"{value:.3g}%"
        case "percentunit":
            return f"{100 * value:.3g}%"
        case "s" | "dtdurations":
            return _duration(value)
        case _:
            return f"{value:,.0f}" if value == round(value) else f"{value:,.3g}"


def _scaled(value: float, units: tuple[str, ...], by: int) -> str:
    place = 0
    while abs(value) >= by and place < len(units) - 1:
        value, place = value / by, place + 1
    return f"{value:.3g} {units[place]}"


def _duration(seconds: float) -> str:
    for size, unit in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min")):
        if abs(seconds) >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s"
