import pytest

from microshift_telemetry.kube.client import KubeClient
from microshift_telemetry.kube.errors import KubeNotFoundError
from microshift_telemetry.sample.sample import Reading, Series
from microshift_telemetry.sources.host import Host, HostFileMissingError
from microshift_telemetry.sources.outcome import NoData, Readings, SourceError
from microshift_telemetry.sources.release import (
    ClusterVersion,
    MicroShiftVersion,
    parse_deployment_type,
)
from microshift_telemetry.sources.shared_reads import VERSION_PATH, parse_microshift_version
from microshift_telemetry.sources.source import Source
from tests.unit.sources.canned_api import CannedApi, refusal
from tests.unit.sources.surroundings import CONTAINERD, HOSTS, NODE_NAME, a_node, shared_reads


@pytest.mark.parametrize(
    ("device", "deployment_type", "os_version_id"),
    [
        ("rhel-rpm", "rpm", "9.6"),
        ("rhel-ostree", "ostree", "9.6"),
        ("fedora-rpm", "rpm", "42"),
        ("unquoted-os-release", "rpm", "9"),
    ],
)
async def test_each_golden_device_tells_its_release(
    kube: KubeClient, device: str, deployment_type: str, os_version_id: str
) -> None:
    shared = shared_reads(kube, device)

    assert await ClusterVersion().collect(shared) == Readings(
        (
            Reading(
                Series.of(
                    "cluster_version", version="4.20.3", type=f"microshift-{deployment_type}"
                ),
                1.0,
            ),
        )
    )
    assert await MicroShiftVersion().collect(shared) == Readings(
        (
            Reading(
                Series.of(
                    "microshift_version",
                    version="4.20.3",
                    os_version_id=os_version_id,
                    deployment_type=deployment_type,
                ),
                1.0,
            ),
        )
    )


async def test_a_system_without_a_version_is_told_without_that_label_and_noted(
    kube: KubeClient,
) -> None:
    outcome = await MicroShiftVersion().collect(shared_reads(kube, "no-version-id"))

    series = Series.of("microshift_version", version="4.20.3", deployment_type="rpm")
    assert isinstance(outcome, Readings)
    assert outcome.readings == (Reading(series, 1.0),)
    assert outcome.note == "/usr/lib/os-release: no VERSION_ID, so no label os_version_id"


async def test_a_lost_os_release_costs_the_cluster_version_nothing(kube: KubeClient) -> None:
    shared = shared_reads(kube, "lost-mounts")

    assert isinstance(await ClusterVersion().collect(shared), Readings)
    with pytest.raises(HostFileMissingError, match=r"^/usr/lib/os-release: "):
        await MicroShiftVersion().collect(shared)


@pytest.mark.parametrize("source", [ClusterVersion(), MicroShiftVersion()])
async def test_a_cluster_that_is_not_microshift_has_no_version_of_it(
    api: CannedApi, kube: KubeClient, source: Source
) -> None:
    api.lay_down({VERSION_PATH: refusal(404, 'configmaps "microshift-version" not found')})
    api.lay_down({f"/api/v1/nodes/{NODE_NAME}": a_node(nodeInfo=CONTAINERD)})

    assert await source.collect(shared_reads(kube)) == NoData("this cluster is not MicroShift")


async def test_a_lost_config_map_is_an_error_that_names_it(
    api: CannedApi, kube: KubeClient
) -> None:
    api.lay_down({VERSION_PATH: refusal(404, 'configmaps "microshift-version" not found')})

    with pytest.raises(KubeNotFoundError, match='"microshift-version" not found'):
        await ClusterVersion().collect(shared_reads(kube))


@pytest.mark.parametrize(
    ("command_line", "deployment_type"),
    [
        ("root=/dev/sda1 ostree=/ostree/boot.1/rhel/0123/0\n", "ostree"),
        ("ostree=/ostree/boot.0/centos/9/0", "ostree"),
        ("BOOT_IMAGE=/ostree/rhel/vmlinuz root=/dev/sda1", "rpm"),
        ("systemd.ostree=1 not-ostree=2", "rpm"),
        ("root=UUID=0 composefs=5d41402abc4b2a76 rw", "bootc"),
        ("composefs=5d41 ostree=/ostree/boot.1/default/0123/0", "bootc"),
        ("ostree.prepare-root.composefs=1 rd.composefs=0", "rpm"),
        ("composefs ostree", "rpm"),
        ("", "rpm"),
    ],
)
def test_only_the_argument_itself_tells_how_a_system_was_installed(
    command_line: str, deployment_type: str
) -> None:
    assert parse_deployment_type(command_line) == deployment_type


async def test_who_builds_the_device_knows_better_than_the_command_line(kube: KubeClient) -> None:
    root = HOSTS / "rhel-ostree"
    host = Host(root, proc=root / "proc", deployment_type="bootc")
    shared = shared_reads(kube, host)

    told = [await source.collect(shared) for source in (ClusterVersion(), MicroShiftVersion())]

    assert [
        dict(each.readings[0].series.labels) for each in told if isinstance(each, Readings)
    ] == [
        {"version": "4.20.3", "type": "microshift-bootc"},
        {"version": "4.20.3", "os_version_id": "9.6", "deployment_type": "bootc"},
    ]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(None, id="no-data"),
        pytest.param({}, id="empty"),
        pytest.param({"major": "4", "minor": "20"}, id="no-patch"),
        pytest.param({"major": "4", "minor": "20", "patch": "3-rc.1"}, id="not-a-number"),
        pytest.param({"major": "4", "minor": "", "patch": "3"}, id="an-empty-part"),
        pytest.param("4.20.3", id="not-an-object"),
    ],
)
def test_a_config_map_without_a_version_is_an_error_that_names_it(data: object) -> None:
    with pytest.raises(SourceError, match=rf"^{VERSION_PATH}: .* is not a version$"):
        parse_microshift_version({"data": data})
