"""Fixtures of the source tests: a canned API server and a client of it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from microshift_telemetry.kube.client import KubeClient
from tests.unit.sources.canned_api import CannedApi, connect, serve
from tests.unit.sources.surroundings import a_cluster


def pytest_configure() -> None:
    # pytest-asyncio asks for the loop of the moment, for which Python makes one until 3.13 unless
    # told that there is none; nobody closes it, which fails a test at random.
    asyncio.set_event_loop(None)


@pytest.fixture
async def api() -> AsyncIterator[CannedApi]:
    async with serve(a_cluster()) as api:
        yield api


@pytest.fixture
async def kube(api: CannedApi) -> AsyncIterator[KubeClient]:
    async with connect(api.server) as kube:
        yield kube
