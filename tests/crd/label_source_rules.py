"""The rules of `spec.externalLabelsFrom`."""

from typing import Any

from microshift_telemetry.sample.metrics import CLUSTER_ID_LABEL, OWNED_LABELS
from tests.crd.rule import KEY, Object, Rule, key, many

LABELS_OF_METRICS = sorted(OWNED_LABELS - {CLUSTER_ID_LABEL, "__name__"})


def named(*names: str) -> Object:
    """Build a spec with labels of these names."""
    return {"externalLabelsFrom": [{"name": each, "valueFrom": {"nodeName": {}}} for each in names]}


def value_from(value: Any) -> Object:
    """Build a spec with one label."""
    return {"externalLabelsFrom": [{"name": "site", "valueFrom": value}]}


LABEL_SOURCE_RULES = [
    Rule(
        "externalLabelsFrom[].name",
        "label names must start with a lower-case letter, followed by lower-case letters, digits "
        "or '_'",
        named,
        ("a", "site_2"),
        ("", "Site", "_id", "__name__", "2nd", "a-b", "a.b", "a\n"),
    ),
    Rule(
        "externalLabelsFrom[].name",
        "must not use the label of a metric: resource, instance, version, type, os_version_id, "
        "deployment_type, label_kubernetes_io_arch, label_node_openshift_io_os_id, "
        "label_beta_kubernetes_io_instance_type",
        named,
        ("site", "versions"),
        tuple(LABELS_OF_METRICS),
    ),
    Rule(
        "externalLabelsFrom[].name",
        "may not be more than 128 bytes",
        named,
        ("a" * 128,),
        ("a" * 129,),
    ),
    Rule(
        "externalLabelsFrom[].name",
        "Required value",
        lambda value: {"externalLabelsFrom": [value]},
        ({"name": "site", "valueFrom": {"nodeName": {}}},),
        ({"valueFrom": {"nodeName": {}}},),
    ),
    Rule(
        "externalLabelsFrom[].valueFrom",
        "Required value",
        lambda value: {"externalLabelsFrom": [value]},
        ({"name": "site", "valueFrom": {"nodeName": {}}},),
        ({"name": "site"},),
    ),
    Rule(
        "externalLabelsFrom[].valueFrom",
        "must set exactly one of nodeName, nodeLabel and configMapKeyRef",
        value_from,
        ({"nodeName": {}}, {"nodeLabel": "zone"}, {"configMapKeyRef": KEY}),
        (
            {},
            {"nodeName": {}, "nodeLabel": "zone"},
            {"nodeLabel": "zone", "configMapKeyRef": KEY},
            {"nodeName": {}, "nodeLabel": "zone", "configMapKeyRef": KEY},
        ),
    ),
    Rule(
        "externalLabelsFrom[].valueFrom.nodeLabel",
        "must be the key of a node label, such as topology.kubernetes.io/zone",
        lambda value: value_from({"nodeLabel": value}),
        ("zone", "topology.kubernetes.io/zone", "example.com/A_b.c-1", "x" * 63),
        ("", "/zone", "a/b/c", "Example.com/zone", "zone ", "-zone", "zone.", "ü", "zone\n"),
    ),
    Rule(
        "externalLabelsFrom[].valueFrom.nodeLabel",
        "may not be more than 317 bytes",
        lambda value: value_from({"nodeLabel": value}),
        ("d" * 253 + "/" + "x" * 63,),
        ("d" * 254 + "/" + "x" * 63,),
    ),
    *key(
        "externalLabelsFrom[].valueFrom.configMapKeyRef",
        "ConfigMap",
        lambda value: value_from({"configMapKeyRef": value}),
    ),
    Rule(
        "externalLabelsFrom",
        "must have at most 64 items",
        lambda names: named(*names),
        (many(64),),
        (many(65),),
    ),
    Rule(
        "externalLabelsFrom[]",
        "Duplicate value",
        lambda names: named(*names),
        (["a", "b"],),
        (["a", "a"],),
    ),
]
