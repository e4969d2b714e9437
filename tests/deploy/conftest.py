"""A cluster with MicroShift's kinds, apart from the other tests': what is applied here stays."""

from collections.abc import Iterator

import pytest

from tests.deploy.microshift import start
from tests.support.control_plane import ControlPlane
from tests.support.security_context_constraints import lay_security_context_constraints
from tests.support.surroundings import lay_microshift
from tests.support.tools import Tools


@pytest.fixture(scope="session")
def microshift(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    with ControlPlane(tmp_path_factory.mktemp("microshift"), tools) as control_plane:
        lay_microshift(control_plane)
        lay_security_context_constraints(control_plane)
        start(control_plane, "base")
        yield control_plane
