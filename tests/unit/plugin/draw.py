"""Draws the golden screens anew: `python -m tests.unit.plugin.draw`, then read the difference."""

from pathlib import Path

from microshift_telemetry_cli.screen import screen
from microshift_telemetry_cli.style import Style
from tests.unit.plugin.scenes import NOON, SCENES

GOLDEN = Path(__file__).parents[2] / "golden" / "plugin"

if __name__ == "__main__":
    for name, scene in SCENES.items():
        lines = screen(scene, NOON, Style())
        (GOLDEN / f"{name}.txt").write_text("".join(f"{line}\n" for line in lines))
