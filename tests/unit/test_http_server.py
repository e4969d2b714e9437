import aiohttp
import pytest
from aiohttp import web

from microshift_telemetry.http_server import LIVENESS_PATH, serve
from tests.support.process import address, free_port


async def _probe(host: str, port: int, method: str = "GET", path: str = LIVENESS_PATH) -> int:
    async with aiohttp.ClientSession() as session:
        url = f"http://{address(host, port)}{path}"
        async with session.request(method, url) as answer:
            return answer.status


async def test_the_probe_says_whether_the_ticks_run() -> None:
    is_alive = True
    port = free_port("127.0.0.1")
    server = await serve("127.0.0.1", port, lambda: is_alive)
    try:
        while_running = await _probe("127.0.0.1", port)
        is_alive = False
        after_a_stop = await _probe("127.0.0.1", port)
    finally:
        await server.cleanup()

    assert (while_running, after_a_stop) == (200, 500)


async def test_without_a_host_both_families_are_served() -> None:
    """`0.0.0.0` fails in a pod that has IPv6 only; kopf's own endpoint would take `localhost`."""
    port = free_port("127.0.0.1")
    server = await serve(None, port, lambda: True)
    try:
        answers = [await _probe(host, port) for host in ("127.0.0.1", "::1")]
    finally:
        await server.cleanup()

    assert answers == [200, 200]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/", 404), ("GET", "/healthz/x", 404), ("POST", LIVENESS_PATH, 405)],
)
async def test_nothing_else_is_served(method: str, path: str, status: int) -> None:
    port = free_port("127.0.0.1")
    server = await serve("127.0.0.1", port, lambda: True)
    try:
        answer = await _probe("127.0.0.1", port, method, path)
    finally:
        await server.cleanup()

    assert answer == status


async def test_an_address_in_use_is_told_at_once() -> None:
    port = free_port("127.0.0.1")
    server: web.AppRunner = await serve("127.0.0.1", port, lambda: True)
    try:
        with pytest.raises(OSError, match="in use"):
            await serve("127.0.0.1", port, lambda: True)
    finally:
        await server.cleanup()
