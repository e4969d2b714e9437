"""The peers as processes, with what their own documentation recommends for small devices."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.bench.counting_proxy import CountingProxy
from tests.support.control_plane import ControlPlane
from tests.support.fault_receiver import FaultReceiver
from tests.support.kubeconfig import certificate_user, write_kubeconfig
from tests.support.process import ManagedProcess, address, free_port
from tests.support.tools import programs

HOST = "127.0.0.1"
INTERVAL = "60s"
MEMORY_LIMIT_MIB = 100


@dataclass(frozen=True, slots=True)
class Peer:
    """A running peer."""

    process: ManagedProcess
    settings: str
    """What it was told, for the report."""
    address: str = ""
    """Where it can be scraped."""
    receiver: FaultReceiver | None = None
    wire: CountingProxy | None = None

    @property
    def pid(self) -> int:
        """Its process."""
        return self.process.pid

    def sent(self) -> tuple[int, int]:
        """Give requests and bytes to its receiver up to now."""
        if self.receiver is None or self.wire is None:
            return 0, 0
        return len(self.receiver.requests), self.wire.traffic.bytes


@contextmanager
def node_exporter(directory: Path) -> Iterator[Peer]:
    """Run the exporter with the collectors that have our host facts."""
    listen = address(HOST, free_port(HOST))
    flags = [
        "--collector.disable-defaults",
        "--collector.cpu",
        "--collector.meminfo",
        "--collector.filesystem",
        "--web.disable-exporter-metrics",
    ]
    (program,) = programs("node_exporter")
    command: list[str | Path] = [program, f"--web.listen-address={listen}", *flags]
    with ManagedProcess("node_exporter", command, directory / "node_exporter.log") as process:
        yield Peer(process, f"node_exporter: `{' '.join(flags)}`.", listen)


@contextmanager
def prometheus_agent(directory: Path, target: str) -> Iterator[Peer]:
    """Run Prometheus in agent mode, with one shard and no metadata."""
    with _counted_receiver() as (receiver, wire):
        write = {
            "url": f"http://{wire.address}/api/v1/write",
            "metadata_config": {"send": False},
            "queue_config": {"max_shards": 1, "capacity": 2500},
        }
        scrape = {"job_name": "node", "static_configs": [{"targets": [target]}]}
        config = _write(
            directory / "prometheus-agent.yaml",
            {
                "global": {"scrape_interval": INTERVAL},
                "scrape_configs": [scrape],
                "remote_write": [write],
            },
        )
        flags = ["--agent", f"--config.file={config}",
                 f"--storage.agent.path={directory / 'agent'}",
                 f"--web.listen-address={address(HOST, free_port(HOST))}"]  # fmt: skip
        (program,) = programs("prometheus")
        log = directory / "prometheus-agent.log"
        with ManagedProcess("prometheus", [program, *flags], log, _environment()) as process:
            settings = (
                "Prometheus 3.15 without service discoveries: `--agent`, "
                "`metadata_config.send: false`, `max_shards: 1`, "
                f"GOMEMLIMIT {MEMORY_LIMIT_MIB} MiB, scrape interval {INTERVAL}."
            )
            yield Peer(process, settings, receiver=receiver, wire=wire)


@contextmanager
def otel_collector(
    directory: Path, cluster: tuple[ControlPlane, CountingProxy] | None
) -> Iterator[Peer]:
    """Run the collector with host metrics, and with the cluster's past a counting proxy."""
    name = "otel-host" if cluster is None else "otel-cluster"
    environment = _environment()
    with _counted_receiver() as (receiver, wire):
        receivers: dict[str, Any] = {"hostmetrics": _hostmetrics()}
        if cluster is not None:
            control_plane, api = cluster
            receivers["k8s_cluster"] = {
                "auth_type": "kubeConfig",
                "collection_interval": INTERVAL,
            }
            kubeconfig = write_kubeconfig(
                directory / f"{name}.kubeconfig",
                f"https://{api.address}",
                control_plane.ca_file,
                certificate_user(control_plane.layout.admin),
            )
            environment["KUBECONFIG"] = str(kubeconfig)
        config = _write(directory / f"{name}.yaml", _pipeline(receivers, wire))
        (program,) = programs("otel-collector")
        command: list[str | Path] = [program, f"--config={config}"]
        log = directory / f"{name}.log"
        with ManagedProcess(name, command, log, environment) as process:
            settings = (
                "OpenTelemetry collector 0.149.0: hostmetrics (cpu, memory, filesystem) and "
                f"k8s_cluster every {INTERVAL}, memory_limiter {MEMORY_LIMIT_MIB} MiB, "
                f"GOMEMLIMIT {MEMORY_LIMIT_MIB} MiB, batch, prometheusremotewrite with "
                "`resource_to_telemetry_conversion`, its own telemetry off."
            )
            yield Peer(process, settings, receiver=receiver, wire=wire)


def _hostmetrics() -> Mapping[str, Any]:
    return {
        "collection_interval": INTERVAL,
        "scrapers": {"cpu": {}, "memory": {}, "filesystem": {}},
    }


def _pipeline(receivers: Mapping[str, Any], wire: CountingProxy) -> Mapping[str, Any]:
    processors = {
        "memory_limiter": {"check_interval": "1s", "limit_mib": MEMORY_LIMIT_MIB},
        "batch": {},
    }
    exporter = {
        "endpoint": f"http://{wire.address}/api/v1/write",
        "resource_to_telemetry_conversion": {"enabled": True},
    }
    pipeline = {
        "receivers": list(receivers),
        "processors": list(processors),
        "exporters": ["prometheusremotewrite"],
    }
    return {
        "receivers": receivers,
        "processors": processors,
        "exporters": {"prometheusremotewrite": exporter},
        "service": {
            "pipelines": {"metrics": pipeline},
            "telemetry": {"metrics": {"level": "none"}},
        },
    }


@contextmanager
def _counted_receiver() -> Iterator[tuple[FaultReceiver, CountingProxy]]:
    with ExitStack() as stack:
        receiver = stack.enter_context(FaultReceiver())
        yield receiver, stack.enter_context(CountingProxy(receiver.port))


def _environment() -> dict[str, str]:
    """Nothing of this machine but the way to the programs; Go's own limit for small devices."""
    return {"PATH": "/usr/bin:/bin", "GOMEMLIMIT": f"{MEMORY_LIMIT_MIB}MiB"}


def _write(file: Path, content: Mapping[str, Any]) -> Path:
    file.write_text(yaml.safe_dump(content))
    return file
