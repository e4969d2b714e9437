"""The labels with values of the device, as a check tells them."""

from microshift_telemetry.check.labels import label_lines
from microshift_telemetry.check.line import Hop, Line, Verdict
from microshift_telemetry.report.external_labels import Joined, Unread
from tests.unit.factories import an_effective

SPEC = {
    "anonymizeLabels": ["host"],
    "externalLabelsFrom": [
        {"name": "host", "valueFrom": {"nodeName": {}}},
        {"name": "site", "valueFrom": {"configMapKeyRef": {"name": "device", "key": "site"}}},
        {"name": "zone", "valueFrom": {"nodeLabel": "example.com/zone"}},
    ],
}
UNREAD = Unread('node edge-1 has no label "example.com/zone"', "label the node")


def test_each_label_has_a_line_with_its_value_or_why_it_has_none() -> None:
    read = Joined((("host", "edge-1"), ("site", "Berlin\n2")), {"zone": UNREAD})

    assert list(label_lines(an_effective(**SPEC), read)) == [
        Line(
            *(Hop.SOURCES, Verdict.OK),
            "hidden by spec.anonymizeLabels, from the node's name",
            part="label host",
        ),
        Line(
            *(Hop.SOURCES, Verdict.OK),
            '"Berlin 2", from ConfigMap device, key site',
            part="label site",
        ),
        Line(Hop.SOURCES, Verdict.WARNING, UNREAD.why, UNREAD.remedy, part="label zone"),
    ]


def test_a_spec_without_such_labels_has_no_line() -> None:
    assert list(label_lines(an_effective(), Joined((), {}))) == []
