"""Writes a fleet into a receiver: devices live and report in several processes at once."""

import os
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from http.client import HTTPConnection
from typing import NamedTuple

from tests.fleet_demo.device import Device
from tests.fleet_demo.life import Life, lived
from tests.fleet_demo.planning import Plan
from tests.fleet_demo.sending import requests
from tests.support.prometheus import REMOTE_WRITE_HEADERS

DEVICES_A_JOB = 5
SECONDS = 60
PATH = "/api/v1/write"


class WriteError(Exception):
    """The receiver did not take a request; the text says what it answered."""


class Sent(NamedTuple):
    """What a fleet has sent."""

    requests: int = 0
    samples: int = 0
    size_bytes: int = 0
    """Of all bodies, compressed."""

    def plus(self, other: "Sent") -> "Sent":
        """Add up."""
        return Sent(*(one + another for one, another in zip(self, other, strict=True)))


class Job(NamedTuple):
    """Some devices to let live."""

    plan: Plan
    devices: Sequence[Device]
    address: str
    """The receiver's `host:port`."""


def written(
    plan: Plan, devices: Sequence[Device], address: str, show: Callable[[int, Sent], None]
) -> tuple[list[Life], Sent]:
    """Let all devices live and report.

    `show` is called now and then with how many devices are done, and what they have sent.

    Raises:
        WriteError: the receiver did not take a request.
    """
    lives, sent = list[Life](), Sent()
    parts = [devices[at : at + DEVICES_A_JOB] for at in range(0, len(devices), DEVICES_A_JOB)]
    jobs = [Job(plan, part, address) for part in parts]
    with ProcessPoolExecutor(os.cpu_count(), initializer=_leave_ctrl_c_to_the_parent) as pool:
        try:
            for some, theirs in pool.map(written_by_one, jobs):
                lives += some
                sent = sent.plus(theirs)
                show(len(lives), sent)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return lives, sent


def written_by_one(job: Job) -> tuple[list[Life], Sent]:
    """Let some devices live and report, over one connection."""
    plan, sent = job.plan, Sent()
    lives = [lived(each, plan.seed, plan.begin_ms, plan.now_ms) for each in job.devices]
    connection = HTTPConnection(job.address, timeout=SECONDS)
    try:
        for life in lives:
            for request in requests(life):
                _post(connection, request.body)
                sent = sent.plus(Sent(1, request.samples, len(request.body)))
    finally:
        connection.close()
    return lives, sent


def _post(connection: HTTPConnection, body: bytes) -> None:
    connection.request("POST", PATH, body, REMOTE_WRITE_HEADERS)
    answer = connection.getresponse()
    said = answer.read()
    if answer.status != 204:
        raise WriteError(f"POST {PATH} was answered with {answer.status}: {said[:200]!r}")


def _leave_ctrl_c_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
