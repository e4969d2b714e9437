"""What kopf is told to do, and not to do, on its own account."""

import asyncio
import logging

import kopf
import pytest
from kopf._cogs.configs.configuration import OperatorSettings
from kopf._cogs.structs.references import Selector

from microshift_telemetry import handlers
from microshift_telemetry.controller.cluster import Cluster
from microshift_telemetry.controller.jobs import BREATH_SECONDS
from microshift_telemetry.controller.registry import Registry
from microshift_telemetry.settings import Settings
from tests.support.fake_kube import FakeKube
from tests.support.fakes import FakeClock, FakeConnector, FakeHost, FakeReceiver


async def test_kopf_writes_nothing_but_a_finalizer_that_kubernetes_lifts_itself() -> None:
    settings = OperatorSettings()

    await handlers.configure(settings)

    assert settings.persistence.finalizer == "orphan"
    assert not settings.posting.enabled
    assert settings.scanning.disabled


def test_there_are_two_timers_and_an_event_handler_of_our_resource_only() -> None:
    declared = handlers.registry_of_handlers()

    spawning = declared._spawning.get_all_handlers()
    assert {handler.id for handler in spawning} == {"sampling", "reporting"}
    assert {getattr(handler, "interval", None) for handler in spawning} == {BREATH_SECONDS}
    assert len(declared._watching.get_all_handlers()) == 1
    assert list(declared._changing.get_all_handlers()) == []
    for handler in (*spawning, *declared._watching.get_all_handlers()):
        assert handler.selector == Selector(
            "telemetry.microshift.io", "v1alpha1", "telemetryconfigs"
        )


async def test_a_tick_of_an_object_that_nobody_knows_does_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    cluster = Cluster(FakeKube(), FakeHost(), Settings())
    registry = Registry(cluster, FakeConnector(FakeReceiver()), FakeClock())
    memo = kopf.Memo(registry=registry)

    for tick in (handlers.sampling, handlers.reporting):
        await tick(uid="gone", memo=memo, stopped=_Stopped())

    assert [record for record in caplog.records if record.name.startswith("microshift")] == []


class _Stopped:
    """kopf's flag of a timer that goes on."""

    async def wait(self) -> None:
        await asyncio.Event().wait()
