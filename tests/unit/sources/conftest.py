"""Fixtures of the source tests: a canned API server and a client of it."""

from collections.abc import AsyncIterator

import pytest

from microshift_telemetry.kube.client import KubeClient
from tests.unit.sources.canned_api import CannedApi, connect, serve
from tests.unit.sources.surroundings import a_cluster


@pytest.fixture
async def api() -> AsyncIterator[CannedApi]:
    async with serve(a_cluster()) as api:
        yield api


@pytest.fixture
async def kube(api: CannedApi) -> AsyncIterator[KubeClient]:
    async with connect(api.server) as kube:
        yield kube
