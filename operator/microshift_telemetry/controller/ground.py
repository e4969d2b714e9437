"""What checks and dry runs stand on."""

from dataclasses import dataclass

from microshift_telemetry.buffer.state_directory import StateDirectory
from microshift_telemetry.clock import Clock
from microshift_telemetry.controller.cluster import Cluster
from microshift_telemetry.controller.connecting import SendingRules
from microshift_telemetry.kube.access import ApiAccess
from microshift_telemetry.settings import Settings
from microshift_telemetry.sources.host import Host


@dataclass(frozen=True, slots=True)
class Ground:
    """What one is given of the process; all else it makes for itself."""

    settings: Settings
    access: ApiAccess
    rules: SendingRules
    clock: Clock
    directory: StateDirectory
    host: Host
    """Of their own: no report waits for what they ask, and a dead disk holds one thread."""
    cluster: Cluster
    """Tells the device's id, as reports know it."""
