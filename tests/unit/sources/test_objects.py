import pytest

from microshift_telemetry.kube.client import KubeClient
from microshift_telemetry.kube.errors import (
    KubeAnswerError,
    KubeError,
    KubeForbiddenError,
    KubeNotFoundError,
    KubeUnreachableError,
)
from microshift_telemetry.sample.sample import Reading, Series
from microshift_telemetry.sources.objects import ObjectCount
from microshift_telemetry.sources.outcome import NoData, Readings
from tests.unit.sources.canned_api import Answer, CannedApi, connect, refusal
from tests.unit.sources.surroundings import a_list, shared_reads

PATH = "/api/v1/services"
SERVICES = ObjectCount("services", "services", PATH)
ROUTES = ObjectCount(
    "routes", "routes.route.openshift.io", "/apis/route.openshift.io/v1/routes", is_optional=True
)


def services(count: float) -> Readings:
    series = Series.of("cluster:usage:resources:sum", resource="services")
    return Readings((Reading(series, count),))


@pytest.mark.parametrize(
    ("answer", "count"),
    [
        pytest.param(a_list(), 0, id="none"),
        pytest.param({"items": None, "metadata": {}}, 0, id="none-as-the-API-server-says-it"),
        pytest.param(a_list({}), 1, id="one"),
        pytest.param(a_list({}, more=499), 500, id="many"),
        pytest.param(a_list({}, {}, {}), 3, id="a-server-that-ignores-the-limit"),
    ],
)
async def test_objects_are_counted(
    api: CannedApi, kube: KubeClient, answer: object, count: int
) -> None:
    api.lay_down({PATH: answer})

    assert await SERVICES.collect(shared_reads(kube)) == services(count)


async def test_counting_asks_for_one_object_and_its_metadata_only(
    api: CannedApi, kube: KubeClient
) -> None:
    await SERVICES.collect(shared_reads(kube))

    [request] = api.asked(PATH)
    assert dict(request.query) == {"limit": "1"}
    assert "as=PartialObjectMetadataList" in request.headers["Accept"]


async def test_routes_that_the_cluster_does_not_serve_are_no_data(
    api: CannedApi, kube: KubeClient
) -> None:
    api.lay_down({ROUTES.path: Answer(b"404 page not found", 404)})

    assert await ROUTES.collect(shared_reads(kube)) == NoData(
        "this cluster does not serve routes.route.openshift.io"
    )


async def test_a_kind_that_every_cluster_serves_is_an_error_when_it_is_gone(
    api: CannedApi, kube: KubeClient
) -> None:
    api.lay_down({PATH: Answer(b"404 page not found", 404)})

    with pytest.raises(KubeNotFoundError, match=rf"^{PATH}: 404: 404 page not found$"):
        await SERVICES.collect(shared_reads(kube))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        pytest.param(refusal(403, "no"), KubeForbiddenError, id="403"),
        pytest.param(refusal(500, "no"), KubeAnswerError, id="500"),
        pytest.param(Answer(b"[" * 4000, 500), KubeAnswerError, id="500-of-brackets"),
        pytest.param(Answer(b"<html>"), KubeAnswerError, id="not-json"),
        pytest.param(Answer(b"[" * 100_000), KubeAnswerError, id="nested-too-deeply"),
        pytest.param(Answer([]), KubeAnswerError, id="not-an-object"),
        pytest.param({"metadata": {}}, KubeAnswerError, id="no-items"),
        pytest.param({"items": [1]}, KubeAnswerError, id="an-item-that-is-none"),
        pytest.param({"items": [], "metadata": 1}, KubeAnswerError, id="metadata"),
        pytest.param({"items": [], "metadata": {"continue": 1}}, KubeAnswerError, id="continue"),
        pytest.param(
            {"items": [{}], "metadata": {"continue": "x"}},
            KubeAnswerError,
            id="more-but-not-how-many",
        ),
        pytest.param(
            {"items": [{}], "metadata": {"continue": "x", "remainingItemCount": 1 << 70}},
            KubeAnswerError,
            id="beyond-int64",
        ),
        pytest.param(Answer(b" " * ((16 << 20) + 1)), KubeAnswerError, id="huge"),
    ],
)
async def test_an_answer_of_no_use_is_an_error_that_names_the_path(
    api: CannedApi, kube: KubeClient, answer: object, error: type[KubeError]
) -> None:
    api.lay_down({PATH: answer})

    with pytest.raises(error, match=rf"^{PATH}: "):
        await SERVICES.collect(shared_reads(kube))


async def test_no_api_server_at_all_is_an_error_that_names_the_path() -> None:
    async with connect("http://127.0.0.1:1") as kube:
        with pytest.raises(KubeUnreachableError, match=rf"^{PATH}: no answer"):
            await SERVICES.collect(shared_reads(kube))
