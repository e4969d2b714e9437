"""The rules of where reports go and as whom: endpoint, authorization, proxy, TLS."""

from typing import Any

from tests.crd.rule import (
    KEY,
    Object,
    Rule,
    SpecWith,
    authorization,
    basic,
    field,
    key,
    many,
    oauth2,
    secret_or_config_map,
    supported,
    url,
)

COMPLETE_OAUTH2 = oauth2()["authorization"]["oauth2"]


def with_oauth2(name: str, value: Any) -> Object:
    """Build a spec whose OAuth2 authorization is complete but for one member."""
    return oauth2(**{name: value})


def without(member: str) -> Object:
    """Build an authorization of type OAuth2 that lacks a member."""
    rest = {name: value for name, value in COMPLETE_OAUTH2.items() if name != member}
    return {"type": "OAuth2", "oauth2": rest}


AUTHORIZATION_RULES = [
    Rule(
        "authorization.type",
        supported(("PullSecret", "Bearer", "Basic", "OAuth2", "None")),
        authorization,
        ("PullSecret", "None"),
        ("pullSecret", "Digest", ""),
    ),
    Rule(
        "authorization",
        "type Bearer requires bearer.credentials",
        field("authorization"),
        (
            {"type": "Bearer", "bearer": {"credentials": KEY}, "basic": {}, "oauth2": {}},
            {"type": "None", "bearer": {}},
        ),
        (
            {"type": "Bearer"},
            {"type": "Bearer", "bearer": {}},
            {"type": "Bearer", "bearer": None},
            {"type": "Bearer", "basic": {"username": KEY, "password": KEY}},
        ),
    ),
    Rule(
        "authorization",
        "type Basic requires basic.username and basic.password",
        field("authorization"),
        (
            {"type": "Basic", "basic": {"username": KEY, "password": KEY}, "bearer": {}},
            {"type": "PullSecret", "basic": {"username": KEY}},
        ),
        (
            {"type": "Basic"},
            {"type": "Basic", "basic": {"username": KEY}},
            {"type": "Basic", "basic": {"password": KEY}},
        ),
    ),
    Rule(
        "authorization",
        "type OAuth2 requires oauth2.clientId, oauth2.clientSecret and oauth2.tokenUrl",
        field("authorization"),
        (
            {"type": "OAuth2", "oauth2": COMPLETE_OAUTH2, "basic": {"username": KEY}},
            {"type": "Bearer", "bearer": {"credentials": KEY}, "oauth2": {"scopes": ["a"]}},
        ),
        (
            {"type": "OAuth2"},
            without("clientId"),
            without("clientSecret"),
            without("tokenUrl"),
        ),
    ),
    *key(
        "authorization.bearer.credentials",
        "Secret",
        lambda value: authorization("Bearer", bearer={"credentials": value}),
    ),
    *key("authorization.basic.username", "Secret", lambda value: basic(username=value)),
    *key("authorization.basic.password", "Secret", lambda value: basic(password=value)),
    *secret_or_config_map(
        "authorization.oauth2.clientId", lambda value: with_oauth2("clientId", value)
    ),
    *key(
        "authorization.oauth2.clientSecret",
        "Secret",
        lambda value: with_oauth2("clientSecret", value),
    ),
    *url(
        "authorization.oauth2.tokenUrl",
        "https://login.example.com/oauth2/token",
        "reference Secrets in clientId and clientSecret",
        lambda value: with_oauth2("tokenUrl", value),
    ),
    Rule(
        "authorization.oauth2.scopes[]",
        "must be an OAuth 2.0 scope (RFC 6749): printable ASCII without spaces, double quotes or "
        "backslashes",
        lambda value: with_oauth2("scopes", [value]),
        ("metrics.write", "api://telemetry/.default"),
        ("", "a b", 'a"', "a\\b", "ü"),
    ),
    Rule(
        "authorization.oauth2.scopes[]",
        "may not be more than 256 bytes",
        lambda value: with_oauth2("scopes", [value]),
        ("s" * 256,),
        ("s" * 257,),
    ),
    Rule(
        "authorization.oauth2.scopes",
        "must have at most 128 items",
        lambda value: with_oauth2("scopes", value),
        (many(128),),
        (many(129),),
    ),
    Rule(
        "authorization.oauth2.scopes[]",
        "Duplicate value",
        lambda value: with_oauth2("scopes", value),
        (["a", "b"],),
        (["a", "a"],),
    ),
    Rule(
        "authorization.oauth2.endpointParams",
        "must have at most 64 items",
        lambda value: with_oauth2("endpointParams", value),
        (dict.fromkeys(many(64), "x"),),
        (dict.fromkeys(many(65), "x"),),
    ),
    Rule(
        "authorization.oauth2.endpointParams[]",
        "may not be more than 1024 bytes",
        lambda value: with_oauth2("endpointParams", {"audience": value}),
        ("x" * 1024,),
        ("x" * 1025,),
    ),
]


def tls_rules(path: str, example: str, spec_with: SpecWith) -> list[Rule]:
    """How a server's certificate is checked, and the client certificate."""

    def member(name: str) -> SpecWith:
        return lambda value: spec_with({name: value})

    return [
        *secret_or_config_map(f"{path}.ca", member("ca")),
        *secret_or_config_map(f"{path}.cert", member("cert")),
        *key(f"{path}.keySecret", "Secret", member("keySecret")),
        Rule(
            f"{path}.serverName",
            f"must be a host name, such as {example}",
            member("serverName"),
            ("receiver", "Receiver-1.example.com", "10.0.0.1"),
            ("", "a b", ".a", "a.", "https://a", "a:443"),
        ),
        Rule(
            f"{path}.serverName",
            "may not be more than 253 bytes",
            member("serverName"),
            ("s" * 253,),
            ("s" * 254,),
        ),
    ]


DESTINATION_RULES = [
    *tls_rules("tlsConfig", "receiver.example.com", field("tlsConfig")),
    *tls_rules(
        "authorization.oauth2.tlsConfig",
        "login.example.com",
        lambda value: with_oauth2("tlsConfig", value),
    ),
    *url(
        "endpoint",
        "https://receiver.example.com/api/v1/write",
        "reference a Secret in spec.authorization",
        field("endpoint"),
    ),
    *url(
        "proxyUrl",
        "http://proxy.example.com:3128",
        "reference Secrets in spec.proxyBasicAuth",
        field("proxyUrl"),
    ),
    *key(
        "proxyBasicAuth.username",
        "Secret",
        lambda value: {"proxyBasicAuth": {"username": value, "password": KEY}},
    ),
    *key(
        "proxyBasicAuth.password",
        "Secret",
        lambda value: {"proxyBasicAuth": {"username": KEY, "password": value}},
    ),
    *(
        Rule(
            f"proxyBasicAuth.{missing}",
            "Required value",
            field("proxyBasicAuth"),
            ({"username": KEY, "password": KEY},),
            ({given: KEY},),
        )
        for given, missing in (("username", "password"), ("password", "username"))
    ),
]
