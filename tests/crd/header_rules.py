"""The rules of `spec.headers`."""

from typing import Any

from tests.crd.rule import KEY, Object, Rule, key, many

PROTOCOL_HEADERS = (
    "Authorization",
    "proxy-authorization",
    "COOKIE",
    "Content-Encoding",
    "Content-Type",
    "Content-Length",
    "Transfer-Encoding",
    "Connection",
    "Host",
    "User-Agent",
    "X-Prometheus-Remote-Write-Version",
)


def header(**fields: Any) -> Object:
    """Build a spec with one header, good but for the fields given."""
    return {"headers": [{"name": "X-Scope-OrgID", **fields}]}


HEADER_RULES = [
    Rule(
        "headers[].name",
        "must be an HTTP header name, such as X-Scope-OrgID",
        lambda value: header(name=value, value="x"),
        ("X-Scope-OrgID", "tenant", "!#$%&'*+-.^_`|~09"),
        ("", "X Scope", "X:Scope", "X-Scope\n", "X-Größe"),
    ),
    Rule(
        "headers[].name",
        "must not be a header that the protocol sets; credentials belong in spec.authorization",
        lambda value: header(name=value, value="x"),
        ("X-Authorization", "Hosts"),
        PROTOCOL_HEADERS,
    ),
    Rule(
        "headers[].name",
        "may not be more than 128 bytes",
        lambda value: header(name=value, value="x"),
        ("x" * 128,),
        ("x" * 129,),
    ),
    Rule(
        "headers[].name",
        "Required value",
        lambda value: {"headers": [value]},
        ({"name": "X-Scope-OrgID", "value": "x"},),
        ({"value": "x"},),
    ),
    Rule(
        "headers[].value",
        "must be printable ASCII without leading or trailing spaces",
        lambda value: header(value=value),
        ("x", "tenant one", "!~"),
        ("", " x", "x ", "a\nb", "a\rb", "a\tb", "\x00", "\x7f", "ü"),
    ),
    Rule(
        "headers[].value",
        "may not be more than 4096 bytes",
        lambda value: header(value=value),
        ("x" * 4096,),
        ("x" * 4097,),
    ),
    Rule(
        "headers[]",
        "must set value or valueFrom",
        lambda value: header(**value),
        (
            {"value": "x"},
            {"valueFrom": {"secretKeyRef": KEY}},
            {"value": "x", "valueFrom": {"secretKeyRef": KEY}},
        ),
        ({},),
    ),
    Rule(
        "headers[].valueFrom.secretKeyRef",
        "Required value",
        lambda value: header(valueFrom=value),
        ({"secretKeyRef": KEY},),
        ({},),
    ),
    *key(
        "headers[].valueFrom.secretKeyRef",
        "Secret",
        lambda value: header(valueFrom={"secretKeyRef": value}),
    ),
    Rule(
        "headers",
        "must have at most 128 items",
        lambda names: {"headers": [{"name": name, "value": "x"} for name in names]},
        (many(128),),
        (many(129),),
    ),
    Rule(
        "headers[]",
        "Duplicate value",
        lambda names: {"headers": [{"name": name, "value": "x"} for name in names]},
        (["a", "b"],),
        (["a", "a"],),
    ),
]
