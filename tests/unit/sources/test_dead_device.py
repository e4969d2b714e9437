"""A device whose disk never answers: every read of it is given up, none is made in the loop."""

from collections.abc import Callable
from typing import TypeVar

import pytest

from microshift_telemetry.kube.client import KubeClient
from microshift_telemetry.sources import host as host_module
from microshift_telemetry.sources.collection import collect_pass
from microshift_telemetry.sources.disk import measured
from microshift_telemetry.sources.host import Host, HostError
from tests.unit.sources.surroundings import EVERYTHING, HOSTS, every_source, shared_reads

T = TypeVar("T")


def never(job: Callable[[], T], done: Callable[[T | Exception], None]) -> None:
    """Answer nothing, as a dead disk does."""


@pytest.fixture
def dead(monkeypatch: pytest.MonkeyPatch) -> Host:
    """A device whose files nobody gets to see: whoever looks for one in the event loop fails."""
    monkeypatch.setattr(host_module, "ANSWER_SECONDS", 0.01)
    monkeypatch.setattr(host_module, "resolved", lambda root, name: pytest.fail(f"{root}/{name}"))
    return Host(HOSTS / "rhel-rpm", proc=HOSTS / "rhel-rpm" / "proc", run=never)


async def test_each_source_that_reads_a_file_says_that_there_is_no_answer(
    kube: KubeClient, dead: Host
) -> None:
    outcome = await collect_pass(every_source(), shared_reads(kube, dead), 0, wanted=EVERYTHING)

    assert outcome.failures.keys() == {
        *("images", "disk", "disk_capacity"),
        *("cpu_capacity", "memory_capacity", "microshift_version"),
    }
    assert all("answer" in text for text in outcome.failures.values())
    assert len(outcome.sample_pass.dynamic) > 8


async def test_what_a_dead_disk_is_asked_for_again_fails_at_once(dead: Host) -> None:
    with pytest.raises(HostError, match=r"^/etc/crio: no answer within 0\.01 s$"):
        await dead.ask("etc/crio", measured)
    with pytest.raises(HostError, match=r"^/etc/crio: still no answer$"):
        await dead.ask("etc/crio", measured)
