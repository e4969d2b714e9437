"""Labels with values of the device: what an admin may say, and what an edit of them does."""

from typing import Any

import pytest

from microshift_telemetry.spec.change import usable_at_once
from microshift_telemetry.spec.effective import Effective, effective_from
from microshift_telemetry.spec.errors import SpecError
from microshift_telemetry.spec.label_sources import LabelSource, NodeLabel, NodeName
from microshift_telemetry.spec.references import KeyReference
from microshift_telemetry.spec.telemetry_config import parse_spec

SITE = {"name": "device", "key": "site"}


def label(name: Any = "site", **value_from: Any) -> dict[str, Any]:
    return {"name": name, "valueFrom": value_from}


def effective(*labels: Any, **spec: Any) -> Effective:
    return effective_from(parse_spec({**spec, "externalLabelsFrom": list(labels)}))


def test_each_kind_of_source_is_read_and_sorted_by_name() -> None:
    labels = (
        label("zone", nodeLabel="topology.kubernetes.io/zone"),
        label("site", configMapKeyRef=SITE),
        label("host", nodeName={}),
    )

    assert effective(*labels).destination.label_sources == (
        LabelSource("host", NodeName()),
        LabelSource("site", KeyReference("ConfigMap", "device", "site")),
        LabelSource("zone", NodeLabel("topology.kubernetes.io/zone")),
    )


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (label("Site", nodeName={}), r"\[0\].name: 'Site' is not allowed as a label name"),
        (label("_id", nodeName={}), r"\[0\].name: '_id' is not allowed as a label name"),
        (label("", nodeName={}), r"\[0\].name: missing"),
        (label(), r"\[0\].valueFrom: must set exactly one of nodeName, nodeLabel and config"),
        ({"name": "site"}, r"\[0\].valueFrom: must set exactly one of"),
        (label(nodeName=None), r"\[0\].valueFrom: must set exactly one of"),
        (label(nodeName={}, nodeLabel="zone"), r"\[0\].valueFrom: must set exactly one of"),
        (label(nodeName="yes"), r"\[0\].valueFrom.nodeName: not an object"),
        (label(nodeLabel=7), r"\[0\].valueFrom.nodeLabel: not a string"),
        (label(configMapKeyRef={"name": "device"}), r"valueFrom.configMapKeyRef.key: missing"),
        ("site", r"\[0\]: not an object"),
    ],
)
def test_an_entry_that_is_none_is_named(entry: Any, said: str) -> None:
    with pytest.raises(SpecError, match=said) as caught:
        effective(entry)

    assert str(caught.value).startswith("spec.externalLabelsFrom[0]")


def test_fixed_labels_count_towards_the_limit_once_for_each_name() -> None:
    names = [f"name_{number}" for number in range(10)]
    fixed = dict.fromkeys(names, "x") | dict.fromkeys(("a", "b", "c", "d", "e", "f"), "x")
    labels = [label(name, nodeName={}) for name in names]

    assert len(effective(*labels, externalLabels=fixed).destination.label_sources) == 10
    with pytest.raises(SpecError) as caught:
        effective(*labels, label("g", nodeName={}), externalLabels=fixed)
    assert str(caught.value) == (
        "spec.externalLabelsFrom, together with spec.externalLabels: has 17 entries, at most 16 "
        "are allowed; entries from a manifest and from later edits add up"
    )


def test_another_source_is_another_destination_that_must_stand_a_while() -> None:
    before, after = effective(label(nodeName={})), effective(label(nodeLabel="zone"))

    assert usable_at_once(before, before) == before
    assert usable_at_once(before, after) is None
    assert before.destination.written != after.destination.written
