"""Every kopf decorator: what kopf tells us goes to the registry; nothing is decided here.

`import kopf` loads the package `kubernetes` wherever it is installed, for 19 MB: where the operator
runs, it is not.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any

import kopf

from microshift_telemetry.controller.jobs import BREATH_SECONDS
from microshift_telemetry.controller.registry import Registry
from microshift_telemetry.controller.startup import OUR_KIND
from microshift_telemetry.spec.telemetry_config import GROUP, PLURAL, VERSION


def registry_of_handlers() -> kopf.OperatorRegistry:
    """Declare the handlers in a registry of their own, not in kopf's global one.

    There are no handlers of creation, update or deletion: those would write an annotation to the
    object with each edit. Naming group, version and plural saves kopf a scan of the whole API.
    A timer's interval is a fixed number and no spec's: it only sets the pace of the ticks, which
    ask the schedule what is due. An edit reaches them through the event, which no timer notices.
    Liveness is told by `http_server`: a probe of kopf's hangs when its handler fails.
    """
    handlers = kopf.OperatorRegistry()
    kopf.on.startup(registry=handlers)(configure)
    kopf.on.login(registry=handlers)(login)
    kopf.on.cleanup(registry=handlers)(clean_up)
    kopf.on.event(GROUP, VERSION, PLURAL, registry=handlers)(observe)
    for tick in (sampling, reporting):
        kopf.timer(
            GROUP, VERSION, PLURAL, id=tick.__name__, interval=BREATH_SECONDS, registry=handlers
        )(tick)
    return handlers


async def configure(settings: kopf.OperatorSettings, **_: object) -> None:
    """Set what kopf does on its own account."""
    # Kubernetes' garbage collector lifts a finalizer of this name by itself, so that a deletion
    # ends within seconds also when no operator lives; with any other name the CRD hangs.
    settings.persistence.finalizer = "orphan"
    # Events about cluster-scoped objects don't show in `kubectl describe`.
    settings.posting.enabled = False
    # The CRD is there when we start (see `start`), so nothing needs to be discovered later.
    settings.scanning.disabled = True
    # The other defaults stay: a silent watch is made anew after 70 s, an API server that is away is
    # asked again for ever, one that refuses us ends the process, and Kubernetes starts it again.
    settings.networking.request_timeout = 60
    # A timer is asked to end, and ends as soon as its tick is cut short.
    settings.background.instant_exit_timeout = 0.5
    settings.background.cancellation_polling = 1
    settings.process.ultimate_exiting_timeout = 8


async def login(memo: kopf.Memo, **_: object) -> kopf.AiohttpSession:
    """Give kopf a session with our identity, with the token as it is now.

    kopf asks again after a 401. Its own way to a ServiceAccount needs the cluster's DNS, which is
    late in a MicroShift boot. A new connection is a sign that the API server may have restarted,
    and that a deletion may have been missed: after a break kopf tells only of who is there.
    """
    registry: Registry = memo.registry
    kube = registry.cluster.kube
    session = kube.open_session(on_connected=registry.reconnected, kopfs_kind=OUR_KIND)
    return kopf.AiohttpSession(server=kube.access.server, aiohttp_session=session)


async def observe(type: str | None, body: kopf.Body, memo: kopf.Memo, **_: object) -> None:  # noqa: A002  # kopf's name
    """Take the newest form of an object: an edit takes effect at once."""
    memo.registry.observe(body, is_gone=type == "DELETED")


async def sampling(uid: str, memo: kopf.Memo, **others: Any) -> None:
    """Tick: a pass if one is due. Returns nothing: kopf would write it to the object."""
    await _until_stopped(memo.registry.tick_sampling(uid), others["stopped"])


async def reporting(uid: str, memo: kopf.Memo, **others: Any) -> None:
    """Tick: a report if one is due. Returns nothing: kopf would write it to the object."""
    await _until_stopped(memo.registry.tick_reporting(uid), others["stopped"])


async def _until_stopped(tick: Coroutine[None, None, None], stopped: kopf.DaemonStopped) -> None:
    """Cut a tick short when the object goes or the process ends: kopf itself would only wait.

    Timers are given `stopped` too, though kopf's types know it for daemons only.
    """
    running = {asyncio.create_task(tick), asyncio.create_task(_wait(stopped))}
    try:
        done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in running:
            task.cancel()
    for task in done:
        task.result()


async def _wait(stopped: kopf.DaemonStopped) -> None:
    await stopped.wait()


async def clean_up(memo: kopf.Memo, **_: object) -> None:
    """Cut short whatever is under way, so that the process ends in time."""
    memo.registry.stop()
