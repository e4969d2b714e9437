"""The list of TelemetryConfigs that the operator begins with, and looks at after a break."""

import pytest

from microshift_telemetry.controller.startup import listed_uids
from microshift_telemetry.kube.errors import KubeAnswerError
from tests.unit.sources.canned_api import connect, serve

PATH = "/apis/telemetry.microshift.io/v1alpha1/telemetryconfigs"


async def test_the_list_tells_who_is_there() -> None:
    answer = {"items": [{"metadata": {"uid": "one"}}, {"metadata": {"uid": "two"}}]}
    async with serve({PATH: answer}) as api, connect(api.server) as kube:
        assert await listed_uids(kube) == {"one", "two"}


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"items": None},
        {"items": 7},
        {"items": [7]},
        {"items": [{}]},
        {"items": [{"metadata": []}]},
    ],
    ids=str,
)
async def test_a_list_that_makes_no_sense_is_an_error_of_the_answer(answer: object) -> None:
    async with serve({PATH: answer}) as api, connect(api.server) as kube:
        with pytest.raises(KubeAnswerError, match=r"^telemetryconfigs: "):
            await listed_uids(kube)
