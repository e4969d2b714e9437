"""The liveness endpoint for the kubelet.

It is a site of our own and not kopf's: kopf turns a missing host into `localhost`, which no kubelet
reaches, and `0.0.0.0` fails in a pod that has IPv6 only.
"""

from collections.abc import Callable

from aiohttp import web

LIVENESS_PATH = "/healthz"


async def serve(host: str | None, port: int, is_alive: Callable[[], bool]) -> web.AppRunner:
    """Serve `GET /healthz`: 200 while the ticks run, 500 when they stopped.

    Args:
        host: an address; None listens on all addresses of both families.
        port: 0 picks a free one.
        is_alive: asked at each probe.

    Raises:
        OSError: the address can't be listened on.
    """

    async def healthz(_request: web.Request) -> web.Response:
        if is_alive():
            return web.Response(text="ok\n")
        return web.Response(status=500, text="the ticks have stopped\n")

    app = web.Application()
    app.router.add_get(LIVENESS_PATH, healthz)
    runner = web.AppRunner(app, access_log=None, handle_signals=False)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    return runner
