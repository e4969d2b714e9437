"""Which MicroShift this is, and how it was installed."""

from microshift_telemetry.sample.metrics import CLUSTER_VERSION, MICROSHIFT_VERSION, Kind
from microshift_telemetry.sample.sample import Reading, Series
from microshift_telemetry.sources.host import Host
from microshift_telemetry.sources.os_release import PATHS, read_os_release
from microshift_telemetry.sources.outcome import NoData, Readings
from microshift_telemetry.sources.shared_reads import SharedReads

NOT_MICROSHIFT = NoData("this cluster is not MicroShift")


class ClusterVersion:
    """The version under OpenShift's own metric name."""

    name = "cluster_version"
    kind = Kind.STATIC
    series = (Series(CLUSTER_VERSION.name),)

    async def collect(self, shared: SharedReads) -> Readings | NoData:
        """Read the version and the kind of installation.

        Raises:
            SourceError: the ConfigMap holds no version.
            HostError: the kernel's command line can't be read.
            KubeError: the API server did not give the ConfigMap.
        """
        installed = f"microshift-{read_deployment_type(shared.host)}"
        version = await shared.microshift_version()
        if version is None:
            return NOT_MICROSHIFT
        return Readings(
            (Reading(Series.of(CLUSTER_VERSION.name, version=version, type=installed), 1.0),)
        )


class MicroShiftVersion:
    """The version under MicroShift's metric name, with the version of the system below it."""

    name = "microshift_version"
    kind = Kind.STATIC
    series = (Series(MICROSHIFT_VERSION.name),)

    async def collect(self, shared: SharedReads) -> Readings | NoData:
        """Read the version, the kind of installation and the system's version.

        A system without a VERSION_ID (a rolling release has none) is told without that label.

        Raises:
            SourceError: the ConfigMap holds no version.
            HostError: the os-release or the kernel's command line can't be read.
            KubeError: the API server did not give the ConfigMap.
        """
        labels = {"deployment_type": read_deployment_type(shared.host)}
        os_release = await shared.host.ask(PATHS[0], read_os_release)
        os_version = os_release.get("VERSION_ID", "")
        if os_version:
            labels["os_version_id"] = os_version
        version = await shared.microshift_version()
        if version is None:
            return NOT_MICROSHIFT
        labels["version"] = version
        note = "" if os_version else f"/{PATHS[0]}: no VERSION_ID, so no label os_version_id"
        return Readings((Reading(Series.of(MICROSHIFT_VERSION.name, **labels), 1.0),), note)


def read_deployment_type(host: Host) -> str:
    """Tell `bootc`, `ostree` or `rpm`: as who built the device says, or as it was booted.

    Raises:
        HostError: the kernel's command line can't be read.
    """
    return host.deployment_type or parse_deployment_type(host.read_proc("cmdline"))


def parse_deployment_type(kernel_command_line: str) -> str:
    """Look for the argument that a system of images is booted with.

    `composefs=` is bootc's alone. `ostree=` is bootc's too, and only the origin file below
    `/ostree` tells the two apart. That is not mounted, nor is `/run/ostree-booted`: a runtime
    creates a missing mount source, which turns an rpm system into a false ostree one.
    """
    names = {each.partition("=")[0] for each in kernel_command_line.split() if "=" in each}
    if "composefs" in names:
        return "bootc"
    return "ostree" if "ostree" in names else "rpm"
