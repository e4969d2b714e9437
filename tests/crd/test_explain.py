"""`kubectl explain` as the admin's manual: each field described, each default said."""

import json
import re
from collections.abc import Iterator

import pytest

from microshift_telemetry.spec.duration import format_duration
from microshift_telemetry.spec.effective import (
    DEFAULT_MAX_AGE,
    DEFAULT_REPORT_HISTORY,
    DEFAULT_SAMPLING_INTERVAL,
    DEFAULT_SENDING_INTERVAL,
    effective_from,
)
from microshift_telemetry.spec.endpoint import DEFAULT_ENDPOINT_URL
from microshift_telemetry.spec.telemetry_config import GROUP, KIND, VERSION, Spec
from tests.crd.rule import Object
from tests.crd.rules import EVERYTHING_MEASURED
from tests.crd.telemetry_configs import TelemetryConfigs
from tests.support.control_plane import ControlPlane
from tests.support.fences import pages

DEFAULTS = {
    "status": "Enabled (the default)",
    "sendingInterval": f"Default: {format_duration(DEFAULT_SENDING_INTERVAL)}.",
    "samplingInterval": f"Default: {format_duration(DEFAULT_SAMPLING_INTERVAL)}.",
    "protocol": f"{Spec().protocol.name} (the default)",
    "endpoint": f"Default: {DEFAULT_ENDPOINT_URL}, Red Hat's telemetry.",
    "authorization": "Default: type PullSecret with the default endpoint, type None with",
    "aggregation": f"{effective_from(Spec()).aggregation} (the default)",
    "usageUnit": f"{effective_from(Spec()).usage_unit} (the default)",
    "selfMetrics": "Disabled (the default)",
    "lifecycle.status": "Disabled (the default)",
    "reportHistoryLimit": f"Default: {DEFAULT_REPORT_HISTORY}.",
    "buffer.maxAge": f"Default: {format_duration(DEFAULT_MAX_AGE)}.",
    **dict.fromkeys(
        (
            *("proxyUrl", "proxyBasicAuth", "tlsConfig", "tlsConfig.insecureSkipVerify"),
            *("tlsConfig.serverName", "headers", "externalLabels", "metrics", "metrics.exclude"),
            *("authorization.oauth2.tlsConfig", "authorization.oauth2.tlsConfig.serverName"),
            *("anonymizeLabels", "lifecycle", "lifecycle.pushgatewayUrl"),
        ),
        "Default: ",
    ),
}


@pytest.fixture(scope="module")
def schema(control_plane: ControlPlane, telemetry_configs: TelemetryConfigs) -> Object:
    """What `kubectl explain` reads."""
    del telemetry_configs
    published = json.loads(
        control_plane.kubectl("get", "--raw", f"/openapi/v3/apis/{GROUP}/{VERSION}")
    )
    schemas: Object = published["components"]["schemas"]
    name = f"{'.'.join(reversed(GROUP.split('.')))}.{VERSION}.{KIND}"
    return dict(schemas[name]["properties"])


def fields_below(properties: Object, path: str = "") -> Iterator[tuple[str, str]]:
    for name, field in properties.items():
        yield f"{path}{name}", field.get("description", "")
        items = field.get("items", field)
        yield from fields_below(items.get("properties", {}), f"{path}{name}.")


@pytest.mark.parametrize("part", ["spec", "status"])
def test_every_field_is_described_in_sentences(schema: Object, part: str) -> None:
    described = dict(fields_below(schema[part]["properties"]))

    assert len(described) > 15
    assert [path for path, said in described.items() if not said.endswith(".")] == []


@pytest.mark.parametrize("path", DEFAULTS)
def test_the_description_says_the_default_that_the_operator_applies(
    schema: Object, path: str
) -> None:
    described = dict(fields_below(schema["spec"]["properties"]))

    assert DEFAULTS[path] in described[path]


def test_what_pages_say_of_kubectl_explain_is_compared_here() -> None:
    named = {
        path
        for page in pages()
        for path in re.findall(r"kubectl explain ([\w.]+)", page.read_text())
    }

    assert named == {"tcfg.spec", "tcfg.spec.metrics.exclude"}


def test_kubectl_explain_lists_what_can_be_excluded(
    control_plane: ControlPlane, telemetry_configs: TelemetryConfigs
) -> None:
    """As the page on opting out promises."""
    del telemetry_configs
    said = control_plane.kubectl("explain", "tcfg.spec.metrics.exclude")

    assert set(EVERYTHING_MEASURED) <= set(re.findall(r"[\w.:]*\w", said))


def test_kubectl_explain_lists_every_field(
    control_plane: ControlPlane, telemetry_configs: TelemetryConfigs, schema: Object
) -> None:
    """As the README promises of `kubectl explain tcfg.spec`."""
    del telemetry_configs
    said = control_plane.kubectl("explain", "tcfg.spec")

    assert set(re.findall(r"^  (\w+)\t", said, re.MULTILINE)) == set(schema["spec"]["properties"])


def test_kubectl_explain_shows_it(
    control_plane: ControlPlane, telemetry_configs: TelemetryConfigs
) -> None:
    del telemetry_configs
    said = " ".join(control_plane.kubectl("explain", "tcfg.spec.sendingInterval").split())

    assert "FIELD: sendingInterval <string>" in said
    assert "How often a report is sent, such as 90m or 24h; from 1m to 744h." in said
