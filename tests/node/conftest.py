"""One node for all tests, and for each test an installation that nobody has used."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from microshift_telemetry import __version__
from tests.node.images import NEXT_VERSION, first_image, operator_image, pause_image
from tests.node.installation import Installation
from tests.node.node import RECEIVER_ADDRESS, Node
from tests.support.prometheus import Prometheus
from tests.support.tools import NODE, Tools, programs

OUT_OF_ORDER_WINDOW = "30h"


@pytest.fixture(scope="session")
def node(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    routes = Path("/proc/net/route").read_text().splitlines()[1:]
    if routes:
        pytest.skip("the node needs a network of its own, without a way out: make test-node")
    archives = [pause_image(), operator_image(__version__), operator_image(NEXT_VERSION)]
    archives.append(first_image())
    *_, kubelet, kube_scheduler = programs(*NODE)
    with Node(tmp_path_factory.mktemp("node"), tools, kubelet, kube_scheduler) as node:
        node.import_images(archives)
        yield node


@pytest.fixture
def installation(node: Node) -> Iterator[Installation]:
    """The operator, up and without a TelemetryConfig; the test's end uninstalls it."""
    installation = Installation(node)
    with ExitStack() as stack:
        stack.callback(installation.remove_state)
        stack.callback(installation.uninstall)
        installation.install()
        yield installation


@pytest.fixture
def receiver(tools: Tools, tmp_path: Path) -> Iterator[Prometheus]:
    """A Prometheus that pods reach and that takes the samples of an outage."""
    prometheus = Prometheus(
        tmp_path / "prometheus",
        tools,
        host=RECEIVER_ADDRESS,
        out_of_order_window=OUT_OF_ORDER_WINDOW,
    )
    with prometheus:
        yield prometheus
