"""What may leave the device in a support case: objects and texts without anything that is secret.

Secrets and ConfigMaps are never asked for. Beside that, whatever a person may have written a
credential into is left out of objects, and what looks like one is left out of texts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

HIDDEN = "(hidden)"

_ANNOTATIONS = frozenset(
    {
        "deployment.kubernetes.io/revision",
        "kubectl.kubernetes.io/default-container",
        "openshift.io/required-scc",
        "openshift.io/scc",
        "target.workload.openshift.io/management",
        "telemetry.microshift.io/requestedAt",
    }
)
"""The others may hold anything, such as the whole object as somebody has applied it."""
_VARIABLES = re.compile(r"TELEMETRY_\w+|NO_PROXY|no_proxy")
"""The others may hold a proxy's password."""
_LEFT_OUT = frozenset({"managedFields", "schema"})
_HIDDEN_MEMBERS = frozenset({"binaryData", "data", "endpointParams", "stringData"})
_HIDDEN_LISTS = frozenset({"args", "command"})
"""Of a container; as a text `command` is a label of ours."""
_HIDDEN_TEXTS = frozenset({"password", "token"})
"""As an object such a member says where the credential is, which is told."""
_ADDRESSES = frozenset({"endpoint", "proxyUrl", "pushgatewayUrl", "tokenUrl", "url"})
"""Of such a member the query is hidden as a whole: only in a text must its end be guessed."""
_NAMED_VALUES = frozenset({"headers", "httpHeaders"})

_TOKEN = r"[A-Za-z0-9._~+/=-]"  # noqa: S105  # a pattern
_NAMES = r"password|passwd|token|access_token|client_secret|secret|api[_-]?key"
_QUOTED_NAME = rf"\\?[\"'](?:[\w-]*[_-])?(?:{_NAMES})\\?[\"']\s*:\s*"
_START = "(?<![A-Za-z0-9])"
"""Not `\b`: in `refresh_token` a name begins after an underscore."""
_REST = r"\S*[^\s)\"',:;]"
"""All that follows without a space, but for what closes a sentence or a quotation."""
_PATTERNS = (
    (re.compile(r"//[^/\s?#]+@"), f"//{HIDDEN}@"),
    (re.compile(rf"(https?://[^\s?]+)\?{_REST}", re.IGNORECASE), rf"\1?{HIDDEN}"),
    (re.compile(rf"{_START}(Bearer|Basic)\s+{_TOKEN}{{6,}}", re.IGNORECASE), rf"\1 {HIDDEN}"),
    (re.compile(rf"{_START}eyJ[A-Za-z0-9_-]{{8,}}(?:\.[A-Za-z0-9_-]*)*"), HIDDEN),
    (re.compile(rf"{_START}({_NAMES})=[\"']?[^\s\"&;,]+", re.IGNORECASE), rf"\1={HIDDEN}"),
    *(
        (re.compile(rf"({_QUOTED_NAME}{opening}){value}", re.IGNORECASE), rf"\1{HIDDEN}")
        for opening, value in (
            (r"\"", r"(?:[^\"\\]|\\.)+"),
            (r"'", r"(?:[^'\\]|\\.)+"),
            (r"\\[\"']", r"[^\"'\\]+"),
        )
    ),
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END|\Z)", re.DOTALL), HIDDEN),
)


def redacted(text: str) -> str:
    """Leave out of a text what looks like a credential."""
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return text


def scrubbed(value: Any) -> Any:
    """Leave out of an object of the API what may hold a credential."""
    if isinstance(value, Mapping):
        return {key: _member(key, each) for key, each in value.items() if key not in _LEFT_OUT}
    if isinstance(value, list):
        return [scrubbed(each) for each in value]
    return redacted(value) if isinstance(value, str) else value


def _member(key: str, value: Any) -> Any:
    if key == "annotations" and isinstance(value, Mapping):
        return {name: each if name in _ANNOTATIONS else HIDDEN for name, each in value.items()}
    if key == "env" and isinstance(value, list):
        return [_named(each, is_open=_is_ours(each)) for each in value]
    if key in _NAMED_VALUES and isinstance(value, list):
        return [_named(each, is_open=False) for each in value]
    if value and (
        key in _HIDDEN_MEMBERS
        or (key in _HIDDEN_LISTS and not isinstance(value, str))
        or (key in _HIDDEN_TEXTS and isinstance(value, str))
    ):
        return HIDDEN
    if key in _ADDRESSES and isinstance(value, str):
        address, mark, _ = value.partition("?")
        return f"{redacted(address)}?{HIDDEN}" if mark else redacted(address)
    return scrubbed(value)


def _is_ours(variable: Any) -> bool:
    return isinstance(variable, Mapping) and bool(
        _VARIABLES.fullmatch(str(variable.get("name", "")))
    )


def _named(entry: Any, *, is_open: bool) -> Any:
    """Hide the value of something that has a name; where a value comes from is told."""
    found = scrubbed(entry)
    if isinstance(found, dict) and "value" in found and not is_open:
        found["value"] = HIDDEN
    return found
