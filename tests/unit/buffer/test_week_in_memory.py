"""What a week of passes at one minute costs a process, in resident memory."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.buffer.week_in_memory import STEPS, lay_journals


@pytest.mark.parametrize("step", STEPS)
def test_a_week_at_one_minute_costs_at_most_three_mebibytes(step: str, tmp_path: Path) -> None:
    lay_journals(tmp_path)
    command = [sys.executable, "-m", "tests.unit.buffer.week_in_memory", step, str(tmp_path)]
    growth_bytes = int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    assert 2**20 < growth_bytes <= 3 * 2**20
