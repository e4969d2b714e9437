"""What the operator begins with: the list of TelemetryConfigs, and a place to keep samples."""

from pathlib import Path

import pytest

from microshift_telemetry.buffer.state_directory import StateDirectory, StateDirectoryInUseError
from microshift_telemetry.controller.startup import claim, listed_uids, remove_left_overs
from microshift_telemetry.kube.errors import KubeAnswerError
from tests.unit.factories import a_list
from tests.unit.sources.canned_api import connect, serve

PATH = "/apis/telemetry.microshift.io/v1alpha1/telemetryconfigs"


async def test_the_list_tells_who_is_there() -> None:
    answer = a_list(
        {"metadata": {"uid": "one", "name": "a"}}, {"metadata": {"uid": "two", "name": "b"}}
    )
    async with serve({PATH: answer}) as api, connect(api.server) as kube:
        assert await listed_uids(kube) == {"one", "two"}


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"items": []},
        {**a_list(), "kind": "ConfigMapList"},
        {**a_list(), "apiVersion": "v1"},
        {**a_list(), "metadata": {}},
        {**a_list(), "items": None},
        {**a_list(), "items": 7},
        a_list(7),
        a_list({}),
        a_list({"metadata": []}),
        a_list({"metadata": {"name": "a", "uid": 7}}),
    ],
    ids=str,
)
async def test_a_list_that_makes_no_sense_is_an_error_of_the_answer(answer: object) -> None:
    async with serve({PATH: answer}) as api, connect(api.server) as kube:
        with pytest.raises(KubeAnswerError, match=r"^telemetryconfigs: "):
            await listed_uids(kube)


async def test_a_directory_that_another_process_has_ends_the_start(tmp_path: Path) -> None:
    await claim(StateDirectory(tmp_path))

    with pytest.raises(StateDirectoryInUseError):
        await claim(StateDirectory(tmp_path))


async def test_a_directory_that_can_not_be_used_yet_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "state").touch()

    await claim(StateDirectory(tmp_path / "state"))

    [said] = caplog.messages
    assert said.startswith(f"samples are kept in memory only: {tmp_path}/state: ")


async def test_a_bug_is_no_trouble_with_the_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = StateDirectory(tmp_path)
    monkeypatch.setattr(StateDirectory, "hold", lambda _: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        await claim(directory)
    remove_left_overs(directory, frozenset())
    with pytest.raises(ZeroDivisionError):
        await directory.worker.is_idle()
