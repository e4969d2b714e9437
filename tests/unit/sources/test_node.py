import pytest
from hypothesis import given
from hypothesis import strategies as st

from microshift_telemetry.sample.sample import labels_from
from microshift_telemetry.sources.node import Node, inventory_labels, parse_node
from microshift_telemetry.sources.outcome import SourceError
from tests.unit.sources.surroundings import CONTAINERD, CRI_O, a_node, damaged_json


def test_a_node_is_reduced_to_what_is_measured() -> None:
    assert parse_node(a_node("edge-1"), other_nodes=2) == Node(
        name="edge-1",
        arch="amd64",
        instance_type="rhde",
        internal_ip="192.0.2.7",
        capacity={"cpu": "2", "memory": "2007036Ki", "pods": "250"},
        labels={
            "kubernetes.io/arch": "amd64",
            "node.openshift.io/os_id": "he",
            "node.kubernetes.io/instance-type": "rhde",
        },
        container_runtime="cri-o",
        other_nodes=2,
    )


def test_arm64_is_spelled_as_telemetry_spells_it() -> None:
    node = a_node()
    node["metadata"]["labels"]["kubernetes.io/arch"] = "arm64"

    assert parse_node(node).arch == "aarch64"


def test_the_old_label_tells_the_instance_type_where_the_new_one_is_absent() -> None:
    node = a_node()
    node["metadata"]["labels"] = {"beta.kubernetes.io/instance-type": "old"}

    assert parse_node(node).instance_type == "old"


@pytest.mark.parametrize("addresses", [None, [], [{"type": "Hostname", "address": "edge"}]])
def test_a_node_without_an_internal_address_has_an_empty_one(addresses: object) -> None:
    assert parse_node(a_node(addresses=addresses)).internal_ip == ""


def test_an_ipv6_only_node_tells_its_ipv6_address() -> None:
    addresses = [{"type": "InternalIP", "address": "2001:db8::7"}]

    assert parse_node(a_node(addresses=addresses)).internal_ip == "2001:db8::7"


@pytest.mark.parametrize(
    ("info", "is_foreign"),
    [
        pytest.param(CRI_O, False, id="MicroShift's"),
        pytest.param(CONTAINERD, True, id="another"),
        pytest.param({}, False, id="not told"),
    ],
)
def test_a_node_with_another_runtime_is_not_microshifts(info: object, is_foreign: bool) -> None:  # noqa: FBT001
    assert parse_node(a_node(nodeInfo=info)).is_foreign is is_foreign


def test_a_label_that_nobody_knows_is_left_out() -> None:
    assert inventory_labels(Node("edge"), os_id="") == {}
    assert inventory_labels(Node("edge", arch="amd64"), os_id="rhel") == {
        "label_kubernetes_io_arch": "amd64",
        "label_node_openshift_io_os_id": "rhel",
    }


def test_the_only_node_of_a_cluster_has_no_note() -> None:
    assert Node("edge").note == ""
    assert Node("edge", other_nodes=2).note == (
        "only node edge is measured; the cluster has more nodes: 2"
    )


@given(damaged_json(a_node()), st.text(max_size=3))
def test_a_damaged_node_gives_usable_labels_or_a_documented_error(
    damaged: object, os_id: str
) -> None:
    try:
        node = parse_node(damaged if isinstance(damaged, dict) else {})
    except SourceError:
        return
    for _, value in labels_from(inventory_labels(node, os_id)):
        value.encode()
