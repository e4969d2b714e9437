"""In which words there is no answer: the same of the API server and of all others."""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager

import pytest

from microshift_telemetry.kube.access import ApiAccess
from microshift_telemetry.kube.client import KubeClient
from microshift_telemetry.kube.errors import KubeUnreachableError
from microshift_telemetry.sending.connection import Connection, UnreachableError
from microshift_telemetry.sending.route import Route
from microshift_telemetry.spec.endpoint import parse_endpoint

Speak = Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]
Says = Callable[[str], Awaitable[str]]


async def said_of_a_receiver(url: str) -> str:
    async with aclosing(Connection(parse_endpoint(url, ""), Route())) as connection:
        with pytest.raises(UnreachableError) as caught:
            await connection.post(b"body", {}, 100)
    return str(caught.value)


async def said_of_the_api_server(url: str) -> str:
    kube = KubeClient(ApiAccess(url))
    with pytest.raises(KubeUnreachableError) as caught:
        await kube.get("/api")
    await kube.close()
    return str(caught.value)


BOTH = pytest.mark.parametrize("said_of", [said_of_a_receiver, said_of_the_api_server])


@asynccontextmanager
async def speaking(speak: Speak) -> AsyncIterator[str]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(16)
        speak(reader, writer)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        yield f"{host}:{port}"


@BOTH
async def test_a_server_without_tls_is_told_from_one_without_permission(
    said_of: Says,
) -> None:
    async with speaking(lambda _, writer: writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as at:
        said = await said_of(f"https://{at}")

    assert said.endswith(": TLS handshake failed")


@BOTH
@pytest.mark.parametrize(
    ("code", "words"),
    [
        (socket.EAI_NONAME, "host name not found"),
        (socket.EAI_NODATA, "host name not found"),
        (socket.EAI_ADDRFAMILY, "host name not found"),
        (socket.EAI_AGAIN, "no name server answers"),
        (socket.EAI_FAIL, "no name server answers"),
        (socket.EAI_MEMORY, "host name lookup failed"),
        (errno.EMFILE, "host name lookup failed"),
    ],
)
async def test_a_lookup_that_fails_is_said_in_words(
    monkeypatch: pytest.MonkeyPatch, said_of: Says, code: int, words: str
) -> None:
    async def lookup(*_: object, **__: object) -> None:
        raise socket.gaierror(code, "as libc says it") if code < 0 else OSError(code, "")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", lookup)

    assert words in await said_of("http://server.example")


@BOTH
async def test_what_is_no_http_is_called_so(said_of: Says) -> None:
    async with speaking(lambda _, writer: writer.write(b"220 mail.example ESMTP\r\n")) as at:
        assert (await said_of(f"http://{at}")).endswith(": the response is not HTTP")
