"""Cortex in one process: a database for each tenant, with the limits that it was given."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import yaml

from tests.receivers.store import (
    EVERYTHING,
    FAR,
    READY_SECONDS,
    Server,
    Store,
    Stored,
    answers,
    far_ahead_ms,
    instant_query,
    stored,
)
from tests.support.process import ManagedProcess, free_port
from tests.support.tools import program

TENANT_HEADER = "X-Scope-OrgID"
IN_MEMORY = {"kvstore": {"store": "inmemory"}}
HERE = "127.0.0.1"


class Cortex(Server):
    """All of Cortex, or its distributor alone: then no ingester is up, and every write gets 500."""

    def __init__(self, directory: Path, window: str | None, *, burst: int | None = None) -> None:
        """Prepare it; every tenant has this window and may send `burst` samples in a request."""
        super().__init__(directory)
        self._port = free_port()
        self._url = f"http://{HERE}:{self._port}"
        limits: dict[str, Any] = {"out_of_order_time_window": window or "0s"}
        if burst is not None:
            # The bucket fills in a blink, so that a request's size alone decides.
            limits |= {"ingestion_burst_size": burst, "ingestion_rate": 1e9}
        config = _config(directory, self._port, limits)
        self._file = directory / "cortex.yaml"
        self._file.write_text(yaml.safe_dump(config))

    def store(self, name: str) -> Store:
        """Give a tenant."""
        return _Tenant(self._url, name)

    def run(self, target: str) -> ManagedProcess:
        """Start a part of Cortex, `all` or `distributor`, and wait until it answers."""
        command: list[str | Path] = [
            program("cortex"),
            f"-config.file={self._file}",
            f"-target={target}",
        ]
        process = ManagedProcess("cortex", command, self.directory / "cortex.log")
        path = "ready" if target == "all" else "services"
        return process.started_when(lambda: answers(f"{self._url}/{path}"), READY_SECONDS)

    def _start(self, stack: ExitStack) -> None:
        stack.enter_context(self.run("all"))


class _Tenant(Store):
    def __init__(self, url: str, name: str) -> None:
        self._url = url
        self.write_url = f"{url}/api/v1/push"
        self.headers = {TENANT_HEADER: name}

    def samples(self) -> Stored:
        api, selector = f"{self._url}/prometheus/api/v1", f"{EVERYTHING}[{FAR}]"
        return stored(instant_query(api, selector, far_ahead_ms(), headers=self.headers))


def _config(directory: Path, port: int, limits: dict[str, Any]) -> dict[str, Any]:
    ring = {**IN_MEMORY, "instance_addr": HERE}
    lifecycler = {"address": HERE, "min_ready_duration": "0s", "final_sleep": "0s"}
    return {
        "target": "all",
        "auth_enabled": True,
        "server": {
            "http_listen_address": HERE,
            "http_listen_port": port,
            "grpc_listen_address": HERE,
            "grpc_listen_port": free_port(),
        },
        "memberlist": {"bind_addr": [HERE], "bind_port": free_port()},
        "distributor": {"shard_by_all_labels": True, "ring": ring},
        "ingester": {"lifecycler": {**lifecycler, "ring": {**IN_MEMORY, "replication_factor": 1}}},
        "frontend_worker": {"match_max_concurrent": True},
        "limits": limits,
        "compactor": {"data_dir": str(directory / "compactor"), "sharding_ring": ring},
        "store_gateway": {"sharding_ring": ring},
        "querier": {"active_query_tracker_dir": str(directory / "queries")},
        "ruler": {"ring": ring, "rule_path": str(directory / "rule-files")},
        "alertmanager": {
            "cluster": {"listen_address": ""},  # else it opens 0.0.0.0:9094
            "sharding_ring": ring,
            "data_dir": str(directory / "alertmanager"),
            "external_url": f"http://{HERE}:{port}/alertmanager",
        },
        **_storage(directory),
    }


def _storage(directory: Path) -> dict[str, Any]:
    for needed in ("rules", "alerts"):
        (directory / needed).mkdir(exist_ok=True)
    return {
        "blocks_storage": {
            "backend": "filesystem",
            "filesystem": {"dir": str(directory / "blocks")},
            "tsdb": {"dir": str(directory / "tsdb")},
            "bucket_store": {"sync_dir": str(directory / "tsdb-sync")},
        },
        "ruler_storage": {"backend": "local", "local": {"directory": str(directory / "rules")}},
        "alertmanager_storage": {
            "backend": "local",
            "local": {"path": str(directory / "alerts")},
        },
    }
