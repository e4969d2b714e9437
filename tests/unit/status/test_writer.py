"""The status write, against a real server on loopback."""

import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from microshift_telemetry.kube.access import ApiAccess
from microshift_telemetry.kube.client import KubeClient
from microshift_telemetry.status.writer import StatusWriter

PATH = "/apis/telemetry.microshift.io/v1alpha1/telemetryconfigs/cluster/status"


class Server:
    """Answers every PATCH with one status, and remembers it."""

    def __init__(self) -> None:
        self.answer, self.accepts = 200, ""
        self.missing = 0
        self.patches: list[tuple[str, dict[str, str], str, dict[str, Any]]] = []

    def miss(self) -> None:
        self.missing += 1

    async def patch(self, request: web.Request) -> web.Response:
        kind, self.accepts = (request.headers[name] for name in ("Content-Type", "Accept"))
        self.patches.append((request.path, dict(request.query), kind, await request.json()))
        body = {"message": "no"} if self.answer != 200 else {"kind": "TelemetryConfig"}
        return web.Response(status=self.answer, text=json.dumps(body))


@pytest.fixture
async def server_and_writer() -> AsyncIterator[tuple[Server, StatusWriter, web.AppRunner]]:
    server, application = Server(), web.Application()
    application.router.add_patch("/{path:.*}", server.patch)
    runner = web.AppRunner(application, shutdown_timeout=0.01)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    kube = KubeClient(ApiAccess(f"http://{host}:{port}"))
    yield server, StatusWriter(kube, "cluster", "uid-1", server.miss), runner
    await kube.close()
    await runner.cleanup()


Edge = tuple[Server, StatusWriter, web.AppRunner]


async def test_a_status_is_applied_whole_and_by_uid(server_and_writer: Edge) -> None:
    server, writer, _ = server_and_writer

    arrived = await writer.apply({"pendingSamples": 3})

    body = {
        "apiVersion": "telemetry.microshift.io/v1alpha1",
        "kind": "TelemetryConfig",
        "metadata": {"name": "cluster", "uid": "uid-1"},
        "status": {"pendingSamples": 3},
    }
    query = {"fieldManager": "microshift-telemetry", "force": "true"}
    assert arrived
    assert server.patches == [(PATH, query, "application/apply-patch+yaml", body)]
    # The answer is not read, so it need not have the status.
    assert server.accepts == "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"


@pytest.mark.parametrize(
    ("answer", "missing", "logged"),
    [(404, 3, 0), (409, 3, 0), (403, 0, 1), (422, 0, 1), (500, 0, 1)],
    ids=str,
)
async def test_a_refused_status_did_not_arrive_and_is_logged_once(
    answer: int,
    missing: int,
    logged: int,
    server_and_writer: Edge,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nor at all where the object is gone, or another one has its name."""
    server, writer, _ = server_and_writer
    server.answer = answer

    arrived = [await writer.apply({}) for _ in range(3)]

    assert arrived == [False, False, False]
    assert server.missing == missing
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * logged


async def test_a_failure_after_a_success_is_logged_again(
    server_and_writer: Edge, caplog: pytest.LogCaptureFixture
) -> None:
    server, writer, _ = server_and_writer
    for server.answer in (500, 200, 500):
        await writer.apply({})

    assert len(caplog.records) == 2


async def test_a_server_that_is_away_is_no_error_of_the_caller(server_and_writer: Edge) -> None:
    _, writer, runner = server_and_writer
    await runner.cleanup()

    assert await writer.apply({}) is False
