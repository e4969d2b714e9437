"""The start: settings → logs → API server → kopf."""

import asyncio
import logging
import os
import signal
from contextlib import AsyncExitStack
from dataclasses import replace
from secrets import token_hex

import kopf

from microshift_telemetry import __version__
from microshift_telemetry.background import in_thread
from microshift_telemetry.buffer.state_directory import StateDirectory
from microshift_telemetry.check_page import CheckPage
from microshift_telemetry.clock import SystemClock
from microshift_telemetry.controller.cluster import Cluster
from microshift_telemetry.controller.connecting import Connector, SendingRules
from microshift_telemetry.controller.dry_run import DryRuns
from microshift_telemetry.controller.ground import Ground
from microshift_telemetry.controller.registry import Registry
from microshift_telemetry.controller.renewal import Renewal
from microshift_telemetry.controller.startup import claim, remove_left_overs, served_uids
from microshift_telemetry.errors import TelemetryError, excerpt
from microshift_telemetry.handlers import registry_of_handlers
from microshift_telemetry.history_page import HistoryPage
from microshift_telemetry.http_server import serve
from microshift_telemetry.kube.access import (
    ApiAccess,
    access_from_kubeconfig,
    access_from_service_account,
)
from microshift_telemetry.kube.client import KubeClient
from microshift_telemetry.logs import configure_logs
from microshift_telemetry.preview_server import serve_preview
from microshift_telemetry.sending.aiohttp_internals import make_sure_of_aiohttp
from microshift_telemetry.sending.proxies import environment_proxies
from microshift_telemetry.settings import (
    LISTEN,
    PREVIEW_LISTEN,
    Settings,
    SettingsError,
    settings_from,
)
from microshift_telemetry.sources.host import BOOT_ID, Host, HostError

LAST_WRITE_SECONDS = 2.0
"""The process ends within ten seconds of SIGTERM, whatever its disk does."""

logger = logging.getLogger(__name__)


def main() -> int:
    """Run the operator until it is told to stop.

    Returns:
        The exit code: 0 after SIGTERM, 1 after one clear line when it cannot start or go on.
    """
    environment = os.environ  # noqa: TID251  # read here and nowhere else
    try:
        settings = settings_from(environment)
        configure_logs(settings.log_level, as_json=settings.log_json)
        make_sure_of_aiohttp()
        if settings.kubeconfig is not None:
            access = access_from_kubeconfig(settings.kubeconfig)
        else:
            access = access_from_service_account(environment)
        asyncio.run(_run(settings, KubeClient(access), access))
    except TelemetryError as error:
        return _failed("run", str(error))
    except Exception as error:  # noqa: BLE001  # whatever ends kopf, it has told the whole story
        return _failed("continue", f"{type(error).__name__}: {excerpt(str(error))}")
    return 0


def _failed(to_do: str, why: str) -> int:
    """Say in one clear line why the process ends, and give its exit code."""
    logger.error("cannot %s: %s", to_do, why)
    return 1


async def _run(settings: Settings, kube: KubeClient, access: ApiAccess) -> None:
    host, host_beside = (
        Host(settings.host_root, deployment_type=settings.deployment_type, run=in_thread)
        for _ in range(2)
    )
    settings = replace(settings, namespace=settings.namespace or access.namespace)
    cluster = Cluster(kube, host, settings)
    clock = SystemClock(_boot_id(host))
    proxies = environment_proxies(settings.https_proxy, settings.http_proxy, settings.no_proxy)
    rules = SendingRules(settings.pull_secret_hosts, proxies)
    connector = Connector(cluster, cluster.lookup, rules, clock)
    directory = StateDirectory(settings.state_dir, in_thread)
    renewal = Renewal(kube, clock, directory, settings.renew_pod_seconds)
    registry = Registry(cluster, connector, clock, directory, renewal)
    ground = Ground(settings, access, rules, clock, directory, host_beside, cluster)
    check, dry_runs = CheckPage(ground, registry.named), DryRuns(ground, registry.named)
    async with AsyncExitStack() as ends:
        ends.push_async_callback(directory.worker.is_idle, LAST_WRITE_SECONDS)
        ends.push_async_callback(kube.close)
        await _serve(settings, registry, check, dry_runs, ends)
        ends.callback(dry_runs.stop)
        ends.callback(check.stop)
        logger.info("microshift-telemetry %s: API server %s", __version__, access.server)
        await claim(directory)
        uids = await served_uids(kube, _stop_event())
        if uids is not None:
            remove_left_overs(directory, uids)
            await kopf.operator(
                registry=registry_of_handlers(),
                memo=kopf.Memo(registry=registry),
                clusterwide=True,
                standalone=True,
                # Without one kopf asks for its user's name, and any uid but the image's has none.
                identity="microshift-telemetry",  # type: ignore[arg-type]  # a str of a private type
            )
    logger.info("stopped")


async def _serve(
    settings: Settings,
    registry: Registry,
    check: CheckPage,
    dry_runs: DryRuns,
    ends: AsyncExitStack,
) -> None:
    """Serve liveness, metrics, preview and check until `ends` is closed.

    A port that is taken ends the process with one clear line.
    """
    variable = LISTEN
    try:
        host, port = settings.listen_host, settings.listen_port
        health = await serve(host, port, registry.is_alive, registry.metrics)
        ends.push_async_callback(health.cleanup)
        variable = PREVIEW_LISTEN
        host, port = settings.preview_host, settings.preview_port
        pages = [check.route, HistoryPage(registry.named).route]
        look, dry_run = registry.preview, dry_runs.preview
        preview = await serve_preview(host, port, look, pages, dry_run=dry_run)
        ends.push_async_callback(preview.cleanup)
    except OSError as error:
        raise SettingsError(f"{variable.name}: {error.strerror}") from error


def _boot_id(host: Host) -> str:
    """Name this boot; where the host does not, no time since boot outlives the process."""
    try:
        return host.read_proc(BOOT_ID).strip()
    except HostError:
        return token_hex()


def _stop_event() -> asyncio.Event:
    """Hear SIGTERM from the first moment on; kopf takes the signals over when it starts."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop
