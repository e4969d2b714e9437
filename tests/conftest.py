"""Fixtures that give tests real servers; all end with the test run, also with a killed one."""

import asyncio
import itertools
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.image.architecture import ARCHITECTURES
from tests.support.control_plane import ControlPlane
from tests.support.prometheus import Prometheus
from tests.support.surroundings import Surroundings, lay_microshift
from tests.support.tools import Tools, build_tools

MakeControlPlane = Callable[..., ControlPlane]

# A property says nothing about how busy the machine is that it is tested on.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

# A shell starts what is to run in the background with Ctrl-C ignored, and every program that a test
# starts would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--mutants", type=int, default=2000, help="of answers, in the search for credentials"
    )
    parser.addoption(
        "--architecture",
        choices=ARCHITECTURES,
        help="of the images, in place of this machine's; `make test-image ARCH=` chooses",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Let a test without an event loop have none.

    pytest-asyncio asks for the loop of the moment, for which Python makes one until 3.13 unless
    told that there is none; nobody closes it, which fails a test at random. looptime asks too, and
    Python 3.12 warns of that.
    """
    asyncio.set_event_loop(None)
    config.addinivalue_line(
        "filterwarnings", "ignore:There is no current event loop:DeprecationWarning"
    )


@pytest.fixture(scope="session")
def tools() -> Tools:
    return build_tools()


@pytest.fixture(scope="session")
def _shared(
    tools: Tools, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[ControlPlane, Surroundings]]:
    with ControlPlane(tmp_path_factory.mktemp("control-plane"), tools) as control_plane:
        yield control_plane, lay_microshift(control_plane)


@pytest.fixture(scope="session")
def control_plane(_shared: tuple[ControlPlane, Surroundings]) -> ControlPlane:
    """One for all tests, with MicroShift's surroundings laid; a test cleans up what it adds."""
    return _shared[0]


@pytest.fixture(scope="session")
def surroundings(_shared: tuple[ControlPlane, Surroundings]) -> Surroundings:
    """What `lay_microshift` laid on the shared control plane."""
    return _shared[1]


@pytest.fixture
def make_control_plane(tools: Tools, tmp_path: Path) -> Iterator[MakeControlPlane]:
    """Make a bare control plane for one test: to count on, to restart, on another address."""
    numbers = itertools.count(1)
    with ExitStack() as stack:

        def make(host: str = "127.0.0.1") -> ControlPlane:
            directory = tmp_path / f"control-plane-{next(numbers)}"
            return stack.enter_context(ControlPlane(directory, tools, host=host))

        yield make


@pytest.fixture
def prometheus(tools: Tools, tmp_path: Path) -> Iterator[Prometheus]:
    """A Prometheus of the test's own, since its series must not meet those of another."""
    with Prometheus(tmp_path / "prometheus", tools) as prometheus:
        yield prometheus
