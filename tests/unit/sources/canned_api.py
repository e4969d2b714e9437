"""A real HTTP server on loopback that gives the answers which a test has laid down."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from microshift_telemetry.kube.access import ApiAccess
from microshift_telemetry.kube.client import KubeClient


@dataclass(frozen=True)
class Answer:
    """One answer of the API server."""

    body: object = field(default_factory=dict)
    """Bytes as they are, anything else as JSON."""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> web.Response:
        """Write it down, compressed when the client allows."""
        body = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        response = web.Response(body=body, status=self.status, headers=self.headers)
        response.enable_compression()
        return response


def refusal(status: int, message: str, **headers: str) -> Answer:
    """Make a `Status` object as the API server answers errors."""
    return Answer({"kind": "Status", "message": message, "code": status}, status, headers)


@dataclass(frozen=True)
class Request:
    """What was asked."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]


NEVER = Answer(status=0)
"""No answer at all: the request hangs until the client gives up."""


class CannedApi:
    """Answers by path; of several for one path each is given once, the last for ever."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.server = ""
        self.tls = tls
        self.requests: list[Request] = []
        self._answers: dict[str, list[Answer]] = {}

    def lay_down(self, answers: Mapping[str, Any]) -> None:
        """Take answers by path: an `Answer`, a list of them, or the JSON body of a 200."""
        for path, given in answers.items():
            several = given if isinstance(given, list) else [given]
            self._answers[path] = [
                each if isinstance(each, Answer) else Answer(each) for each in several
            ]

    def asked(self, path: str) -> list[Request]:
        """Tell the requests for a path, in order."""
        return [request for request in self.requests if request.path == path]

    async def answer(self, request: web.Request) -> web.Response:
        """Give the next answer for the path that was asked."""
        self.requests.append(Request(request.path, request.query, request.headers))
        answers = self._answers.get(request.path, [refusal(404, "not found")])
        given = answers.pop(0) if len(answers) > 1 else answers[0]
        if given is NEVER:
            await asyncio.Event().wait()
        response = given.response()
        if self.tls is not None:
            response.force_close()
        return response


@asynccontextmanager
async def serve(
    answers: Mapping[str, Any], tls: ssl.SSLContext | None = None
) -> AsyncIterator[CannedApi]:
    """Run the server on a free port; with TLS each request takes a connection of its own."""
    api = CannedApi(tls)
    api.lay_down(answers)
    application = web.Application()
    for method in ("GET", "DELETE"):
        application.router.add_route(method, "/{path:.*}", api.answer)
    runner = web.AppRunner(application, shutdown_timeout=0.01)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
        await site.start()
        host, port = runner.addresses[0][:2]
        api.server = f"{'http' if tls is None else 'https'}://{host}:{port}"
        yield api
    finally:
        await runner.cleanup()


@asynccontextmanager
async def connect(server: str) -> AsyncIterator[KubeClient]:
    """Open a client of that server."""
    kube = KubeClient(ApiAccess(server))
    try:
        yield kube
    finally:
        await kube.close()
