"""Liveness and metrics, as the kubelet and a scraper reach them."""

import aiohttp
import pytest

from microshift_telemetry.http_server import LIVENESS_PATH, METRICS_PATH, serve


async def _get(url: str) -> int:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status


@pytest.mark.parametrize(("is_alive", "status"), [(True, 200), (False, 500)])
async def test_it_tells_whether_the_ticks_run(status: int, *, is_alive: bool) -> None:
    runner = await serve("127.0.0.1", 0, lambda: is_alive, str)
    port = runner.addresses[0][1]
    try:
        assert await _get(f"http://127.0.0.1:{port}{LIVENESS_PATH}") == status
        assert await _get(f"http://127.0.0.1:{port}/other") == 404
    finally:
        await runner.cleanup()


async def test_without_a_host_both_families_are_served(unused_tcp_port: int) -> None:
    runner = await serve(None, unused_tcp_port, lambda: True, str)
    try:
        assert await _get(f"http://127.0.0.1:{unused_tcp_port}{LIVENESS_PATH}") == 200
        assert await _get(f"http://[::1]:{unused_tcp_port}{LIVENESS_PATH}") == 200
    finally:
        await runner.cleanup()


async def test_a_scraper_gets_the_page_of_now_in_the_text_format() -> None:
    pages = iter(["one 1\n", "one 2\n"])
    runner = await serve("127.0.0.1", 0, lambda: True, lambda: next(pages))
    url = f"http://127.0.0.1:{runner.addresses[0][1]}{METRICS_PATH}"
    try:
        async with aiohttp.ClientSession() as session:
            await session.get(url)
            async with session.get(url) as response:
                assert await response.text() == "one 2\n"
                assert response.headers["Content-Type"] == (
                    "text/plain; version=0.0.4; charset=utf-8"
                )
    finally:
        await runner.cleanup()


async def test_a_page_that_can_not_be_written_costs_that_scrape_alone() -> None:
    def broken() -> str:
        raise ZeroDivisionError

    runner = await serve("127.0.0.1", 0, lambda: True, broken)
    root = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        assert await _get(f"{root}{METRICS_PATH}") == 500
        assert await _get(f"{root}{LIVENESS_PATH}") == 200
    finally:
        await runner.cleanup()
