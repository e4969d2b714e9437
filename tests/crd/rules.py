"""Every rule of the CRD's spec, field by field; a test compares this list with the schema."""

from microshift_telemetry.sample.metrics import CATALOGUE, LIFECYCLE_CATALOGUE, RESOURCES
from tests.crd.destination_rules import AUTHORIZATION_RULES, DESTINATION_RULES
from tests.crd.header_rules import HEADER_RULES
from tests.crd.label_source_rules import LABEL_SOURCE_RULES, LABELS_OF_METRICS
from tests.crd.rule import Rule, duration, enum, field, many, supported, url

EVERYTHING_MEASURED = (
    *(metric.name for metric in CATALOGUE + LIFECYCLE_CATALOGUE),
    *RESOURCES,
)

SCHEDULE_RULES = [
    enum("status", "Enabled", "Disabled"),
    *duration("sendingInterval", "1m", "744h", ("59s", "0s", "744h1s", "999999h")),
    *duration("samplingInterval", "1m", "744h", ("59s", "0s", "744h1s", "999999h")),
    *duration("buffer.maxAge", "1h", "8760h", ("59m", "0h", "8761h", "999999h999999h")),
    Rule(
        "reportHistoryLimit",
        "must be from 0 to 100",
        field("reportHistoryLimit"),
        (0, 1, 100),
        (-1, 101),
    ),
]

LABEL_RULES = [
    Rule(
        "externalLabels",
        "label names must start with a lower-case letter, followed by at most 127 lower-case "
        "letters, digits or '_'",
        lambda name: {"externalLabels": {name: "x"}},
        ("a", "site_2", "a" * 128),
        ("", "Site", "_id", "__name__", "2nd", "a-b", "a.b", "a" * 129),
    ),
    Rule(
        "externalLabels",
        "must not use the label of a metric: resource, instance, version, type, os_version_id, "
        "deployment_type, label_kubernetes_io_arch, label_node_openshift_io_os_id, "
        "label_beta_kubernetes_io_instance_type",
        lambda name: {"externalLabels": {name: "x"}},
        ("site", "versions"),
        tuple(LABELS_OF_METRICS),
    ),
    Rule(
        "externalLabels",
        "must have at most 64 items",
        field("externalLabels"),
        (dict.fromkeys(many(64), "x"),),
        (dict.fromkeys(many(65), "x"),),
    ),
    Rule(
        "externalLabels[]",
        "must not be empty; an empty label is the same as no label",
        lambda value: {"externalLabels": {"site": value}},
        ("north", "Köln, Tor 3"),
        ("",),
    ),
    Rule(
        "externalLabels[]",
        "may not be more than 256 bytes",
        lambda value: {"externalLabels": {"site": value}},
        ("x" * 256,),
        ("x" * 257,),
    ),
    Rule(
        "anonymizeLabels[]",
        "must not be _id; receivers identify devices by it",
        lambda name: {"anonymizeLabels": [name]},
        ("instance",),
        ("_id",),
    ),
    Rule(
        "anonymizeLabels[]",
        "must be a label name, such as instance",
        lambda name: {"anonymizeLabels": [name]},
        (*LABELS_OF_METRICS, "site"),
        ("", "Site", "__name__", "a-b"),
    ),
    Rule(
        "anonymizeLabels[]",
        "may not be more than 128 bytes",
        lambda name: {"anonymizeLabels": [name]},
        ("a" * 128,),
        ("a" * 129,),
    ),
    Rule(
        "anonymizeLabels",
        "must have at most 128 items",
        field("anonymizeLabels"),
        (many(128),),
        (many(129),),
    ),
    Rule(
        "anonymizeLabels[]",
        "Duplicate value",
        field("anonymizeLabels"),
        (["a", "b"],),
        (["a", "a"],),
    ),
]

LIFECYCLE_RULES = [
    enum("lifecycle.status", "Enabled", "Disabled"),
    *url(
        "lifecycle.pushgatewayUrl",
        "http://gateway.example.com:9091",
        "pushes carry no credentials",
        field("lifecycle.pushgatewayUrl"),
    ),
]

VALUE_RULES = [
    enum("protocol", "RemoteWrite", "TelemeterUpload"),
    enum("aggregation", "Auto", "None", "Average"),
    enum("usageUnit", "Percent", "Absolute"),
    enum("selfMetrics", "Enabled", "Disabled"),
    Rule(
        "metrics.exclude[]",
        supported(EVERYTHING_MEASURED),
        lambda name: {"metrics": {"exclude": [name]}},
        EVERYTHING_MEASURED,
        ("node_load1", "", "_id"),
    ),
    Rule(
        "metrics.exclude[]",
        "Duplicate value",
        field("metrics.exclude"),
        (["pods", "images"],),
        (["pods", "pods"],),
    ),
]

RULES = [
    *SCHEDULE_RULES,
    *AUTHORIZATION_RULES,
    *DESTINATION_RULES,
    *HEADER_RULES,
    *LABEL_RULES,
    *LABEL_SOURCE_RULES,
    *LIFECYCLE_RULES,
    *VALUE_RULES,
]
