"""A dry run is made beside the reports: one at a time, bounded, and cut short by an edit."""

import asyncio
from pathlib import Path

import pytest

from microshift_telemetry.controller.asides import BusyError, CutError
from microshift_telemetry.controller.preview import NoPreviewError
from tests.support.life import ENDPOINT, Life
from tests.unit.controller.dry_runs import a_desk, series
from tests.unit.fake_time import IN_FAKE_TIME

pytestmark = IN_FAKE_TIME

SPEC = {"endpoint": ENDPOINT, "samplingInterval": "10m", "sendingInterval": "1h"}
OFF = {"status": "Disabled"}


@pytest.mark.parametrize("name", ["cluster", "other"])
async def test_there_is_one_at_a_time(name: str, tmp_path: Path) -> None:
    async with Life(OFF) as life:
        with a_desk(life, tmp_path, OFF) as desk:
            life.kube.metrics_seconds = 5
            first = asyncio.create_task(desk.ask(name))
            await asyncio.sleep(1)
            with pytest.raises(BusyError, match="another dry run is running; retry in 30 s"):
                await desk.ask()
            await first

            assert len(series(await desk.ask())) == 17


@pytest.mark.parametrize("how", ["edit", "end"])
@pytest.mark.parametrize("name", ["cluster", "other"])
async def test_an_edit_and_the_end_cut_it_short(how: str, name: str, tmp_path: Path) -> None:
    async with Life(SPEC) as life:
        with a_desk(life, tmp_path, SPEC) as desk:
            life.kube.metrics_seconds = 5
            asked = asyncio.create_task(desk.ask(name))
            beside = asyncio.create_task(life.telemetry.beside_reports(asyncio.sleep(2, "well")))
            await asyncio.sleep(1)
            if how == "edit":
                life.edit(SPEC | OFF)
            else:
                desk.runs.stop()
            if (how, name) == ("edit", "other"):  # of another object
                assert len(series(await asked)) == 17
            else:
                with pytest.raises(CutError, match="interrupted by an edit"):
                    await asked
            assert await beside in {None, "well"}


async def test_it_is_bounded_in_time_and_what_it_has_read_by_then_counts(tmp_path: Path) -> None:
    async with Life(OFF) as life:
        life.kube.metrics_seconds = 100
        with a_desk(life, tmp_path, OFF) as desk:
            shown = await desk.ask()
            life.kube.metrics_seconds = 0
            took = asyncio.get_running_loop().time()
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr(life.kube, "get", lambda *_, **__: asyncio.sleep(100))
                with pytest.raises(NoPreviewError, match=r"^cluster: not read within 30 s"):
                    await desk.ask()

    assert took == 15
    assert "not read within 15 s" in dict(shown.failures)["etcd_objects"]
    assert 10 < len(series(shown)) < 17
