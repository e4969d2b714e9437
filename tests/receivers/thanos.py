"""Thanos: one `receive` holds a database for each tenant, and a `query` beside it reads them."""

import secrets
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from microshift_telemetry.clock import SystemClock, milliseconds
from tests.receivers.store import (
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
from tests.support.prometheus import write_request
from tests.support.tools import program
from tests.support.waiting import wait_for

SETTLE_SECONDS = 30
TENANT_HEADER = "THANOS-TENANT"
OWN_LABELS = frozenset({"receive_replica", "tenant_id"})
"""What the receiver adds to every series."""


class Thanos(Server):
    """A receiver with an out-of-order window or without."""

    def __init__(
        self, directory: Path, window: str | None, *, future_window: str | None = None
    ) -> None:
        """Prepare it; windows are Prometheus durations (`30h`)."""
        super().__init__(directory)
        write, grpc, http, capnproto, query, query_grpc = (
            f"127.0.0.1:{free_port()}" for _ in range(6)
        )
        self._write_url = f"http://{write}/api/v1/receive"
        self._receive_url, self._query_url = f"http://{http}", f"http://{query}"
        self._receive: list[str | Path] = [
            *(program("thanos"), "receive", f"--tsdb.path={directory / 'data'}"),
            *(f"--remote-write.address={write}", f"--grpc-address={grpc}"),
            *(f"--http-address={http}", f"--receive.capnproto-address={capnproto}"),
            '--label=receive_replica="0"',
            *([f"--tsdb.out-of-order.time-window={window}"] if window else []),
            *([f"--tsdb.too-far-in-future.time-window={future_window}"] if future_window else []),
        ]
        self._query: list[str | Path] = [
            *(program("thanos"), "query", f"--http-address={query}"),
            *(f"--grpc-address={query_grpc}", f"--endpoint={grpc}"),
            f"--query.active-query-path={directory / 'queries'}",
        ]

    def store(self, name: str) -> Store:
        """Give a tenant."""
        return _Tenant(self._write_url, self._query_url, name)

    def settle(self) -> None:
        """The querier asks for new tenants every few seconds: wait until it knows the last one."""
        last = self.store(f"last-{secrets.token_hex(4)}")
        assert last.write(write_request(milliseconds(SystemClock().now()), 1.0)).status == 200
        wait_for("the last tenant in a query", last.samples, SETTLE_SECONDS)

    def _start(self, stack: ExitStack) -> None:
        for name, command, url in (
            ("receive", self._receive, self._receive_url),
            ("query", self._query, self._query_url),
        ):
            log_file = self.directory / f"thanos-{name}.log"
            process = stack.enter_context(ManagedProcess(f"thanos {name}", command, log_file))
            process.wait_until(partial(answers, f"{url}/-/ready"), READY_SECONDS)


class _Tenant(Store):
    def __init__(self, write_url: str, query_url: str, name: str) -> None:
        self.write_url, self._query_url, self._name = write_url, query_url, name
        self.headers = {TENANT_HEADER: name}

    def samples(self) -> Stored:
        selector = f'{{__name__!="",tenant_id="{self._name}"}}[{FAR}]'
        api = f"{self._query_url}/api/v1"
        return stored(instant_query(api, selector, far_ahead_ms(), dedup="false"), but=OWN_LABELS)
