"""A rule of the CRD's spec as data, and the rules that several fields share."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

Object = dict[str, Any]
SpecWith = Callable[[Any], Object]
"""Puts a value into one field of a spec that is good otherwise."""

KEY = {"name": "site-token", "key": "token"}


@dataclass(frozen=True)
class Rule:
    """One rule of one field: what it accepts, what it refuses, and what an admin then reads."""

    field: str
    """Its path below `spec`; `[]` stands for any key or index."""
    message: str
    """Part of what the API server says: the rule's own words, or its own for enum and limit."""
    spec_with: SpecWith
    accepts: tuple[Any, ...]
    refuses: tuple[Any, ...]


def field(path: str) -> SpecWith:
    """Put a value at a path of an empty spec."""

    def spec_with(value: Any) -> Object:
        for name in reversed(path.split(".")):
            value = {name: value}
        return dict(value)

    return spec_with


def authorization(kind: str, **members: Any) -> Object:
    """Build a spec with an authorization."""
    return {"authorization": {"type": kind, **members}}


def oauth2(**changes: Any) -> Object:
    """Build a spec with a complete OAuth2 authorization, but for the changes."""
    complete = {
        "clientId": {"secret": KEY},
        "clientSecret": KEY,
        "tokenUrl": "https://login.example.com/oauth2/token",
    }
    return authorization("OAuth2", oauth2={**complete, **changes})


def basic(**changes: Any) -> Object:
    """Build a spec with a complete Basic authorization, but for the changes."""
    return authorization("Basic", basic={"username": KEY, "password": KEY, **changes})


def many(count: int) -> list[str]:
    """Make distinct words."""
    return [f"word_{number}" for number in range(count)]


def enum(path: str, *members: str) -> Rule:
    """One of a few words, in their own letter case."""
    wrong = (members[0].lower(), "Sometimes", "")
    return Rule(path, supported(members), field(path), members, wrong)


def supported(members: Iterable[str]) -> str:
    """Say what the API server says of an enum, whose order it keeps."""
    return "supported values: " + ", ".join(f'"{member}"' for member in members)


def duration(path: str, shortest: str, longest: str, outside: tuple[str, ...]) -> list[Rule]:
    """A Go-style duration within bounds."""
    return [
        Rule(
            path,
            "must be a duration in hours, minutes or seconds, such as 90m, 24h or 1h30m",
            field(path),
            ("90m", "24h", "1h30m", "5400s", "1.5h"),
            ("", "1d", "24", "h", "-24h", " 24h", "24H", "1234567h", "1h\n"),
        ),
        Rule(
            path,
            f"must be from {shortest} to {longest}",
            field(path),
            (shortest, longest),
            outside,
        ),
        Rule(path, "may not be more than 20 bytes", field(path), ("1h" * 10,), ("1h" * 11,)),
    ]


def url(path: str, example: str, advice: str, spec_with: SpecWith) -> list[Rule]:
    """An http or https URL without credentials."""
    return [
        Rule(
            path,
            f"must be an http or https URL with a host, such as {example}",
            spec_with,
            (example, "HTTPS://h", "http://[::1]:9090/write", "http://10.0.0.1/?tenant=a@b"),
            ("", "h", "/path", "ftp://h/", "http:h", "http://", "http://:80/", "http://h/a b"),
        ),
        Rule(
            path,
            f"must not contain a user name or password; {advice}",
            spec_with,
            ("https://h/user@host",),
            ("https://user@h/", "HTTP://user:word@h/", "https://:@h/"),
        ),
        Rule(
            path,
            "must have a port from 1 to 65535, or none",
            spec_with,
            ("https://h/", "https://h:1/", "https://h:65535/"),
            ("https://h:0/", "https://h:65536/", "https://h:18446744073709551616/"),
        ),
        Rule(
            path,
            "may not be more than 2048 bytes",
            spec_with,
            ("https://h/" + "x" * 2038,),
            ("https://h/" + "x" * 2039,),
        ),
    ]


def key(path: str, kind: str, spec_with: SpecWith) -> list[Rule]:
    """A key of a Secret or a ConfigMap, both its names complete and well formed."""

    def with_name(name: str) -> Object:
        return spec_with({"name": name, "key": "token"})

    def with_key(key: str) -> Object:
        return spec_with({"name": "site-token", "key": key})

    limit = "may not be more than 253 bytes"
    return [
        Rule(
            f"{path}.name",
            f"must be the name of a {kind}: lower-case letters, digits, '-' or '.', starting and "
            "ending with a letter or digit",
            with_name,
            ("a", "site-token.v2"),
            ("", "Site", "site_token", "-a", "a-", "a/b"),
        ),
        Rule(
            f"{path}.key",
            f"must be a key of a {kind}: letters, digits, '-', '_' or '.'",
            with_key,
            ("token", ".dockerconfigjson", "A_b-1.pem"),
            ("", "a/b", "a b", "ü"),
        ),
        Rule(f"{path}.name", limit, with_name, ("n" * 253,), ("n" * 254,)),
        Rule(f"{path}.key", limit, with_key, ("k" * 253,), ("k" * 254,)),
        Rule(f"{path}.name", "Required value", spec_with, (KEY,), ({"key": "token"},)),
        Rule(f"{path}.key", "Required value", spec_with, (KEY,), ({"name": "site-token"},)),
    ]


def secret_or_config_map(path: str, spec_with: SpecWith) -> list[Rule]:
    """A Secret or a ConfigMap; both are accepted, since one may be shipped and one an edit."""
    return [
        Rule(
            path,
            "must set secret or configMap",
            spec_with,
            ({"secret": KEY}, {"configMap": KEY}, {"secret": KEY, "configMap": KEY}),
            ({},),
        ),
        *key(f"{path}.secret", "Secret", lambda value: spec_with({"secret": value})),
        *key(f"{path}.configMap", "ConfigMap", lambda value: spec_with({"configMap": value})),
    ]
