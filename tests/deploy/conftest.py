"""A cluster with MicroShift's kinds, apart from the other tests': what is applied there stays."""

from collections.abc import Iterator

import pytest

from tests.crd.telemetry_configs import TelemetryConfigs, installed_on
from tests.support.control_plane import ControlPlane
from tests.support.microshift import start
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


@pytest.fixture(scope="session")
def telemetry_configs(control_plane: ControlPlane) -> TelemetryConfigs:
    """The CRD, on the control plane that all tests share."""
    return installed_on(control_plane)
