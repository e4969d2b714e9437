"""MicroShift's forced apply at every start, over whatever an admin has edited since.

A refused apply is tried again for ten minutes at each boot and delays every later manifest, so no
pair of a shipped field and an edited one may be refused.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from microshift_telemetry.spec.authorization import MAX_ENDPOINT_PARAMETERS, MAX_SCOPES
from microshift_telemetry.spec.errors import SpecError
from microshift_telemetry.spec.headers import MAX_HEADERS
from microshift_telemetry.spec.shaping import MAX_ANONYMIZED_LABELS, MAX_EXTERNAL_LABELS
from microshift_telemetry.spec.telemetry_config import parse_spec
from tests.crd.telemetry_configs import TelemetryConfigs, installed_on
from tests.support.control_plane import ControlPlane

Object = dict[str, Any]

NAME = "forced-apply"
SHIPPED_KEY = {"name": "shipped", "key": "token"}
EDITED_KEY = {"name": "edited", "key": "token"}


def authorization(kind: str, **members: Any) -> Object:
    return {"authorization": {"type": kind, **members}}


def oauth2(key: Object, host: str, **more: Any) -> Object:
    complete = {
        "clientId": {"secret": key},
        "clientSecret": key,
        "tokenUrl": f"https://{host}/token",
    }
    return authorization("OAuth2", oauth2={**complete, **more})


def tls(**fields: Any) -> Object:
    return {"tlsConfig": fields}


def header(name: str, **fields: Any) -> Object:
    return {"headers": [{"name": name, **fields}]}


def label(**value_from: Any) -> Object:
    return {"externalLabelsFrom": [{"name": "site", "valueFrom": value_from}]}


SHIPPED_AND_EDITED: Mapping[str, tuple[Object, Object]] = {
    "status": ({"status": "Enabled"}, {"status": "Disabled"}),
    "sendingInterval": ({"sendingInterval": "1m"}, {"sendingInterval": "744h"}),
    "samplingInterval": ({"samplingInterval": "744h"}, {"samplingInterval": "1m"}),
    "endpoint": ({"endpoint": "http://shipped/"}, {"endpoint": "https://edited/"}),
    "PullSecret": (authorization("PullSecret"), authorization("PullSecret")),
    "None": (authorization("None"), authorization("None")),
    "bearer": (
        authorization("Bearer", bearer={"credentials": SHIPPED_KEY}),
        authorization("Bearer", bearer={"credentials": EDITED_KEY}),
    ),
    "basic": (
        authorization("Basic", basic={"username": SHIPPED_KEY, "password": SHIPPED_KEY}),
        authorization("Basic", basic={"username": EDITED_KEY, "password": EDITED_KEY}),
    ),
    "oauth2": (oauth2(SHIPPED_KEY, "shipped"), oauth2(EDITED_KEY, "edited")),
    "oauth2.clientId.configMap": (
        oauth2(SHIPPED_KEY, "shipped", clientId={"configMap": SHIPPED_KEY}),
        oauth2(EDITED_KEY, "edited", clientId={"configMap": EDITED_KEY}),
    ),
    "oauth2.scopes": (
        oauth2(SHIPPED_KEY, "shipped", scopes=["shipped"]),
        oauth2(EDITED_KEY, "edited", scopes=["edited"]),
    ),
    "oauth2.endpointParams": (
        oauth2(SHIPPED_KEY, "shipped", endpointParams={"audience": "shipped"}),
        oauth2(EDITED_KEY, "edited", endpointParams={"audience": "edited", "resource": "edited"}),
    ),
    "proxyUrl": ({"proxyUrl": "http://shipped:3128"}, {"proxyUrl": "http://edited:3128"}),
    "proxyBasicAuth": (
        {"proxyBasicAuth": {"username": SHIPPED_KEY, "password": SHIPPED_KEY}},
        {"proxyBasicAuth": {"username": EDITED_KEY, "password": EDITED_KEY}},
    ),
    "tlsConfig.ca.secret": (tls(ca={"secret": SHIPPED_KEY}), tls(ca={"secret": EDITED_KEY})),
    "tlsConfig.ca.configMap": (
        tls(ca={"configMap": SHIPPED_KEY}),
        tls(ca={"configMap": EDITED_KEY}),
    ),
    "tlsConfig.cert.secret": (tls(cert={"secret": SHIPPED_KEY}), tls(cert={"secret": EDITED_KEY})),
    "tlsConfig.cert.configMap": (
        tls(cert={"configMap": SHIPPED_KEY}),
        tls(cert={"configMap": EDITED_KEY}),
    ),
    "tlsConfig.keySecret": (tls(keySecret=SHIPPED_KEY), tls(keySecret=EDITED_KEY)),
    "tlsConfig.serverName": (tls(serverName="shipped"), tls(serverName="edited")),
    "tlsConfig.insecureSkipVerify": (tls(insecureSkipVerify=False), tls(insecureSkipVerify=True)),
    "headers.value": (header("X-Tenant", value="shipped"), header("X-Tenant", value="edited")),
    "headers.valueFrom": (
        header("X-Tenant", valueFrom={"secretKeyRef": SHIPPED_KEY}),
        header("X-Tenant", valueFrom={"secretKeyRef": EDITED_KEY}),
    ),
    "another header": (header("X-Shipped", value="x"), header("X-Edited", value="x")),
    "externalLabels": (
        {"externalLabels": {"site": "shipped"}},
        {"externalLabels": {"site": "edited", "line": "edited"}},
    ),
    "externalLabelsFrom.nodeName": (label(nodeName={}), label(nodeLabel="edited")),
    "externalLabelsFrom.nodeLabel": (
        label(nodeLabel="shipped"),
        label(configMapKeyRef=EDITED_KEY),
    ),
    "externalLabelsFrom.configMapKeyRef": (
        label(configMapKeyRef=SHIPPED_KEY),
        label(nodeName={}),
    ),
    "aggregation": ({"aggregation": "None"}, {"aggregation": "Average"}),
    "usageUnit": ({"usageUnit": "Percent"}, {"usageUnit": "Absolute"}),
    "metrics.exclude": ({"metrics": {"exclude": ["pods"]}}, {"metrics": {"exclude": ["images"]}}),
    "anonymizeLabels": ({"anonymizeLabels": ["instance"]}, {"anonymizeLabels": ["site"]}),
    "buffer.maxAge": ({"buffer": {"maxAge": "1h"}}, {"buffer": {"maxAge": "8760h"}}),
}
SHIPPED = {name: shipped for name, (shipped, _) in SHIPPED_AND_EDITED.items()}
EDITED = {name: edited for name, (_, edited) in SHIPPED_AND_EDITED.items()}
SHIPPED_ITEMS: Mapping[str, str] = {
    "headers.value": "headers",
    "headers.valueFrom": "headers",
    "externalLabelsFrom.nodeName": "externalLabelsFrom",
    "externalLabelsFrom.nodeLabel": "externalLabelsFrom",
    "externalLabelsFrom.configMapKeyRef": "externalLabelsFrom",
}
"""An item of a list belongs to who ships its key, whatever an admin makes of its value."""


def leaves(value: object, path: str = "spec") -> dict[str, object]:
    """Flatten a spec as server-side apply owns it: references whole, list items by their name."""
    is_whole = path.endswith(".valueFrom")
    if isinstance(value, dict) and set(value) != {"name", "key"} and not is_whole:
        children = [(f"{path}.{name}", child) for name, child in value.items()]
    elif isinstance(value, list):
        children = [(f"{path}[{named(item)}]", item) for item in value]
    else:
        return {path: value}
    return {leaf: end for below, child in children for leaf, end in leaves(child, below).items()}


def named(item: object) -> object:
    return item["name"] if isinstance(item, dict) else item


@pytest.fixture(scope="module")
def installed(control_plane: ControlPlane) -> TelemetryConfigs:
    return installed_on(control_plane)


@pytest.fixture
def telemetry_configs(installed: TelemetryConfigs) -> Iterator[TelemetryConfigs]:
    yield installed
    installed.delete(NAME)


@pytest.mark.parametrize("edited", EDITED.values(), ids=EDITED)
@pytest.mark.parametrize("shipped", SHIPPED.values(), ids=SHIPPED)
def test_the_next_start_restores_what_is_shipped_and_keeps_the_rest_of_an_edit(
    telemetry_configs: TelemetryConfigs, shipped: Object, edited: Object
) -> None:
    telemetry_configs.apply_at_start(NAME, shipped)
    telemetry_configs.edit(NAME, edited)

    restarted = telemetry_configs.apply_at_start(NAME, shipped)

    expected = {"spec.status": "Enabled", **leaves(edited), **leaves(shipped)}
    assert leaves(restarted["spec"]) == expected


@pytest.mark.parametrize("shipped", SHIPPED.values(), ids=SHIPPED)
def test_the_next_start_restores_a_field_that_an_admin_took_away(
    telemetry_configs: TelemetryConfigs, shipped: Object
) -> None:
    telemetry_configs.apply_at_start(NAME, shipped)
    telemetry_configs.edit(NAME, dict.fromkeys(shipped))

    restarted = telemetry_configs.apply_at_start(NAME, shipped)

    assert leaves(restarted["spec"]) == {"spec.status": "Enabled", **leaves(shipped)}


@pytest.mark.parametrize("name", sorted(SHIPPED_AND_EDITED.keys() - SHIPPED_ITEMS.keys()))
def test_an_update_that_no_longer_ships_a_field_keeps_what_an_admin_made_of_it(
    telemetry_configs: TelemetryConfigs, name: str
) -> None:
    shipped, edited = SHIPPED_AND_EDITED[name]
    telemetry_configs.apply_at_start(NAME, shipped)
    telemetry_configs.edit(NAME, edited)

    updated = telemetry_configs.apply_at_start(NAME, {})

    same = leaves(shipped)
    made = {path: value for path, value in leaves(edited).items() if same.get(path) != value}
    assert leaves(updated["spec"]) == {"spec.status": "Enabled", **made}


@pytest.mark.parametrize("name", SHIPPED_ITEMS)
def test_an_update_that_no_longer_ships_an_item_takes_an_edit_of_it_away(
    telemetry_configs: TelemetryConfigs, name: str
) -> None:
    shipped, edited = SHIPPED_AND_EDITED[name]
    telemetry_configs.apply_at_start(NAME, shipped)
    telemetry_configs.edit(NAME, edited)

    updated = telemetry_configs.apply_at_start(NAME, {})

    assert not updated["spec"][SHIPPED_ITEMS[name]]


def numbered(kind: str, count: int) -> list[str]:
    return [f"{kind}_{number}" for number in range(count)]


MOST: Mapping[str, Callable[[str], Object]] = {
    "headers": lambda kind: {
        "headers": [{"name": name, "value": "x"} for name in numbered(kind, MAX_HEADERS)]
    },
    "externalLabels": lambda kind: {
        "externalLabels": dict.fromkeys(numbered(kind, MAX_EXTERNAL_LABELS), "x")
    },
    "externalLabelsFrom": lambda kind: {
        "externalLabelsFrom": [
            {"name": name, "valueFrom": {"nodeName": {}}}
            for name in numbered(kind, MAX_EXTERNAL_LABELS)
        ]
    },
    "anonymizeLabels": lambda kind: {"anonymizeLabels": numbered(kind, MAX_ANONYMIZED_LABELS)},
    "oauth2.scopes": lambda kind: oauth2(SHIPPED_KEY, "shipped", scopes=numbered(kind, MAX_SCOPES)),
    "oauth2.endpointParams": lambda kind: oauth2(
        SHIPPED_KEY,
        "shipped",
        endpointParams=dict.fromkeys(numbered(kind, MAX_ENDPOINT_PARAMETERS), "x"),
    ),
}
"""As many entries of a kind as the operator takes."""


@pytest.mark.parametrize("name", MOST)
def test_what_is_shipped_beside_an_edit_may_be_more_than_the_operator_takes(
    telemetry_configs: TelemetryConfigs, name: str
) -> None:
    """An image, an admin and a second image fill a field; nothing is refused at a start."""
    telemetry_configs.apply_at_start(NAME, MOST[name]("shipped"))
    telemetry_configs.edit(NAME, {**MOST[name]("shipped"), **MOST[name]("edited")})

    updated = telemetry_configs.apply_at_start(NAME, MOST[name]("updated"))

    with pytest.raises(SpecError, match=r"entries, at most \d+ are allowed; entries from"):
        parse_spec(updated["spec"])


@pytest.mark.parametrize(
    "field",
    [
        *("authorization", "tlsConfig", "externalLabels", "metrics", "buffer"),
        *("headers", "externalLabelsFrom", "anonymizeLabels"),
    ],
)
def test_an_update_that_empties_a_field_is_accepted(
    telemetry_configs: TelemetryConfigs, field: str
) -> None:
    shipped = next(spec for spec in SHIPPED.values() if field in spec)
    telemetry_configs.apply_at_start(NAME, shipped)

    updated = telemetry_configs.apply_at_start(NAME, {field: type(shipped[field])()})

    assert not updated["spec"].get(field)
