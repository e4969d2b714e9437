"""The CRD under test, on the session's control plane."""

import pytest

from tests.crd.telemetry_configs import TelemetryConfigs, installed_on
from tests.support.control_plane import ControlPlane


@pytest.fixture(scope="session")
def telemetry_configs(control_plane: ControlPlane) -> TelemetryConfigs:
    return installed_on(control_plane)
