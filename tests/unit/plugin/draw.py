"""Draws the golden screens anew: `python -m tests.unit.plugin.draw`, then read the difference."""

from collections.abc import Sequence
from pathlib import Path

from microshift_telemetry_cli.diff import compared
from microshift_telemetry_cli.diff_screen import diff_screen
from microshift_telemetry_cli.history_screen import history_screen
from microshift_telemetry_cli.screen import screen
from microshift_telemetry_cli.style import Style
from tests.unit.plugin.history_scenes import DIFFS, HISTORIES
from tests.unit.plugin.scenes import NOON, SCENES

GOLDEN = Path(__file__).parents[2] / "golden" / "plugin"


def drawn(style: Style) -> dict[str, str]:
    """Draw all of them, by the files that keep them."""
    screens: dict[str, Sequence[str]] = {
        name: screen(scene, NOON, style) for name, scene in SCENES.items()
    }
    for name, history in HISTORIES.items():
        screens[f"history/{name}"] = history_screen("cluster", history, NOON, style)
    for name, pages in DIFFS.items():
        screens[f"diff/{name}"] = diff_screen("cluster", compared(*pages), NOON, style)
    return {name: "".join(f"{line}\n" for line in lines) for name, lines in screens.items()}


if __name__ == "__main__":
    for name, text in drawn(Style()).items():
        path = GOLDEN / f"{name}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
