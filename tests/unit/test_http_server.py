"""The liveness endpoint, as the kubelet reaches it."""

import aiohttp
import pytest

from microshift_telemetry.http_server import LIVENESS_PATH, serve


async def _get(url: str) -> int:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status


@pytest.mark.parametrize(("is_alive", "status"), [(True, 200), (False, 500)])
async def test_it_tells_whether_the_ticks_run(status: int, *, is_alive: bool) -> None:
    runner = await serve("127.0.0.1", 0, lambda: is_alive)
    port = runner.addresses[0][1]
    try:
        assert await _get(f"http://127.0.0.1:{port}{LIVENESS_PATH}") == status
        assert await _get(f"http://127.0.0.1:{port}/other") == 404
    finally:
        await runner.cleanup()


async def test_without_a_host_both_families_are_served(unused_tcp_port: int) -> None:
    runner = await serve(None, unused_tcp_port, lambda: True)
    try:
        assert await _get(f"http://127.0.0.1:{unused_tcp_port}{LIVENESS_PATH}") == 200
        assert await _get(f"http://[::1]:{unused_tcp_port}{LIVENESS_PATH}") == 200
    finally:
        await runner.cleanup()
