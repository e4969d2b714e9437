"""Liveness for the kubelet, and the operator's own metrics for whoever scrapes on the device.

It is a site of our own and not kopf's: kopf turns a missing host into `localhost`, which no kubelet
reaches, and `0.0.0.0` fails in a pod that has IPv6 only.
"""

from collections.abc import Callable

from aiohttp import web

from microshift_telemetry.report.exposition import CONTENT_TYPE

LIVENESS_PATH = "/healthz"
METRICS_PATH = "/metrics"


async def serve(
    host: str | None, port: int, is_alive: Callable[[], bool], metrics: Callable[[], str]
) -> web.AppRunner:
    """Serve `GET /healthz`: 200 while the ticks run, 500 when they stopped; and `GET /metrics`.

    Both are answered from memory: no disk and no receiver can hold them up.

    Args:
        host: an address; None listens on all addresses of both families.
        port: 0 picks a free one.
        is_alive: asked at each probe.
        metrics: writes the page, in the text format, at each scrape.

    Raises:
        OSError: the address can't be listened on.
    """

    async def healthz(_request: web.Request) -> web.Response:
        if is_alive():
            return web.Response(text="ok\n")
        return web.Response(status=500, text="the ticks have stopped\n")

    async def scrape(_request: web.Request) -> web.Response:
        return web.Response(body=metrics().encode(), headers={"Content-Type": CONTENT_TYPE})

    app = web.Application()
    app.router.add_get(LIVENESS_PATH, healthz)
    app.router.add_get(METRICS_PATH, scrape)
    runner = web.AppRunner(app, access_log=None, handle_signals=False)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    return runner
