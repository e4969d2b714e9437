"""No two tests that run beside each other get the same port."""

import pytest

from tests.support.process import PORTS, WORKERS, free_port


def test_a_port_that_was_picked_is_not_picked_again_before_it_is_listened_on() -> None:
    assert len({free_port() for _ in range(300)}) == 300


def test_workers_pick_among_ports_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    picked: list[set[int]] = []
    for worker in ("gw0", "gw1", None):
        if worker is None:
            monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
        else:
            monkeypatch.setenv("PYTEST_XDIST_WORKER", worker)
        picked.append({free_port() % WORKERS for _ in range(20)})

    assert all(len(each) == 1 for each in picked)
    assert len(set.union(*picked)) == 3
    assert len(PORTS) % WORKERS == 0
