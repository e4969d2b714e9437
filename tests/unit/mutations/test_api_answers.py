"""What the API server may answer to the reads of a pass."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.kube import bodies
from microshift_telemetry.kube.client import KubeClient
from microshift_telemetry.sources.node import parse_node
from microshift_telemetry.sources.pods import running_containers
from microshift_telemetry.sources.shared_reads import parse_microshift_version
from tests.unit.mutations.engine import Mutator
from tests.unit.mutations.trial import Failure, Kind, Refused, Trial, refused
from tests.unit.mutations.wire import http, speaking
from tests.unit.sources.canned_api import connect
from tests.unit.sources.surroundings import a_cluster, a_list, a_node, a_pod

SEED = 20_261_121
MAX_BYTES = 20_000
"""The bound on one answer, for this test."""

VALUES: list[object] = [
    None,
    0,
    1,
    -1,
    2**63,
    1.5,
    True,
    "",
    "7",
    "more",
    "\ud800",
    "a\nb",
    [],
    {},
    [7],
    [{}],
    "12.34",
]
UNTRUE = [
    {"items": [], "metadata": {"continue": 7}},
    {"items": [], "metadata": {"continue": "more", "remainingItemCount": -1}},
]
SEEDS: dict[str, list[object]] = {
    "node": [a_node()],
    "version": [a_cluster()["/api/v1/namespaces/kube-public/configmaps/microshift-version"]],
    "count": [a_list({}, more=8), a_list(), *UNTRUE],
    "pods": [a_list(a_pod(running=2, waiting=1)), a_list(a_pod(sidecars=1), a_pod(debuggers=2))],
}
STATUSES = (401, 403, 404, 410, 429, 500, 503, 302)

NO_ANSWER, NOT_JSON, NO_OBJECT = (
    "no answer from the API server",
    "not JSON",
    "not a JSON object",
)
TOO_LARGE, NO_VERSION = "is larger than", "is not a version"
SECTION, NO_TEXT, NO_NAME = "is not an object", "is not a string", "metadata.name is missing"
ADDRESSES, NO_LIST = (
    "status.addresses is not a list of objects",
    "the answer is not a list of objects",
)
METADATA, CURSOR = (
    "the list's metadata is not an object",
    "the list's continue token is not a string",
)
NODE_INFO = ("machineID", "containerRuntimeVersion")
REMAINING, POD = "remainingItemCount is", "a pod's "


@dataclass(frozen=True, slots=True)
class Mutant:
    """An answer to one question."""

    asked: str
    status: int
    body: bytes
    is_cut: bool = False
    is_chunked: bool = False
    pieces: int = 1


def an_api_answer(mutator: Mutator) -> Mutant:
    asked = mutator.one_of(list(SEEDS))
    body = mutator.json(SEEDS[asked], VALUES)
    if mutator.once_in(25):
        body = json.dumps({"a": "x" * MAX_BYTES}).encode()
    status = mutator.one_of(STATUSES) if mutator.once_in(6) else 200
    return Mutant(
        asked=asked,
        status=status,
        body=body,
        is_cut=mutator.once_in(20),
        is_chunked=mutator.once_in(2),
        pieces=mutator.one_of([1, 1, 7]),
    )


def _document(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return ValueError


def _meaning(mutant: Mutant) -> object:
    if mutant.status != 200:
        return refused(f": {mutant.status}: ", NO_ANSWER)
    if mutant.is_cut:
        return refused(NO_ANSWER, TOO_LARGE)
    if len(mutant.body) > MAX_BYTES:
        return refused(TOO_LARGE)
    document = _document(mutant.body)
    if document is ValueError:
        return refused(NOT_JSON)
    return REFERENCES[mutant.asked](document) if type(document) is dict else refused(NO_OBJECT)


def _node(node: dict[str, Any]) -> object:
    """Walk the Node as MicroShift writes it."""
    sections: dict[str, Any] = {}
    for path in ("metadata", "status", "metadata.labels", "status.capacity", "status.nodeInfo"):
        parent, _, key = path.rpartition(".")
        value = (sections[parent] if parent else node).get(key)
        if value is not None and type(value) is not dict:
            return refused(SECTION, NO_TEXT, NO_NAME, ADDRESSES)
        sections[path] = value or {}
    labels, addresses = sections["metadata.labels"], sections["status"].get("addresses") or []
    texts = [sections["metadata"].get("name", ""), labels.get("kubernetes.io/arch", "")]
    types = [
        labels.get(f"{prefix}kubernetes.io/instance-type", "") for prefix in ("node.", "beta.")
    ]
    texts += [types[0]] if types[0] != "" else types
    texts += [sections["status.nodeInfo"].get(key, "") for key in NODE_INFO]
    if type(addresses) is not list or any(type(each) is not dict for each in addresses):
        return refused(ADDRESSES, NO_TEXT, NO_NAME)
    internal = [each.get("address", "") for each in addresses if each.get("type") == "InternalIP"]
    first = next((text for text in internal if text != ""), "")
    if any(type(text) is not str or not text.isprintable() for text in [*texts, first]):
        return refused(NO_TEXT, NO_NAME)
    instance_type = types[0] or types[1]
    return (texts[0], texts[1], instance_type, first) if texts[0] else refused(NO_NAME)


def _version(config_map: dict[str, Any]) -> object:
    data = config_map.get("data")
    parts = (
        [str(data.get(key)) for key in ("major", "minor", "patch")] if type(data) is dict else []
    )
    is_one = len(parts) == 3 and all(re.fullmatch("[0-9]{1,9}", part) for part in parts)
    return ".".join(parts) if is_one else refused(NO_VERSION)


def _items(answer: dict[str, Any]) -> Refused | tuple[list[Any], dict[str, Any]]:
    items, metadata = answer.get("items"), answer.get("metadata", {})
    if type(items) is not list or any(type(item) is not dict for item in items):
        return refused(NO_LIST)
    return (items, metadata) if type(metadata) is dict else refused(METADATA)


def _count(answer: dict[str, Any]) -> object:
    found = _items(answer)
    if isinstance(found, Refused):
        return found
    items, metadata = found
    if type(metadata.get("continue", "")) is not str:
        return refused(CURSOR)
    if not metadata.get("continue"):
        return len(items)
    more = metadata.get("remainingItemCount")
    return len(items) + more if type(more) is int and 0 <= more < 2**63 else refused(REMAINING)


def _pods(answer: dict[str, Any]) -> object:
    found = _items(answer)
    if isinstance(found, Refused):
        return found
    running = 0
    for pod in found[0]:
        status = pod.get("status") or {}
        if type(status) is not dict:
            return refused(POD)
        for key in ("containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"):
            states = status.get(key) or []
            if type(states) is not list or any(type(state) is not dict for state in states):
                return refused(POD)
            alive = [each.get("state") for each in states if type(each.get("state")) is dict]
            running += sum(state.get("running") is not None for state in alive)
    return len(found[0]), running


REFERENCES: dict[str, Callable[[dict[str, Any]], object]] = {
    "node": _node,
    "version": _version,
    "count": _count,
    "pods": _pods,
}


async def _read(kube: KubeClient, asked: str) -> object:
    match asked:
        case "node":
            node = parse_node(await kube.get("/"))
            return node.name, node.arch, node.instance_type, node.internal_ip
        case "version":
            return parse_microshift_version(await kube.get("/"))
        case "count":
            return await kube.count("/")
        case _:
            pods = [pod async for page in kube.pages("/", 50) for pod in page]
            return len(pods), sum(map(running_containers, pods))


async def test_an_api_answer_gives_its_value_or_a_documented_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bodies, "MAX_ANSWER_BYTES", MAX_BYTES)
    statuses = tuple(f": {status}: " for status in STATUSES)
    kind = Kind(
        mutant=an_api_answer,
        is_outer=lambda mutant: mutant.status == 200 and type(_document(mutant.body)) is dict,
        reference=_meaning,
        documented=(
            *(NO_ANSWER, NOT_JSON, NO_OBJECT, TOO_LARGE, NO_VERSION, SECTION, NO_TEXT, NO_NAME),
            *(ADDRESSES, NO_LIST, METADATA, CURSOR, REMAINING, POD, *statuses),
        ),
    )
    trial = Trial(kind, SEED)

    async with speaking() as speaker, connect(speaker.address) as kube:
        for mutant in trial.mutants:
            raw = http(mutant.status, mutant.body, is_chunked=mutant.is_chunked)
            speaker.says = raw[: -(len(mutant.body) // 2) - 1] if mutant.is_cut else raw
            speaker.pieces = mutant.pieces
            found: object
            try:
                found = await _read(kube, mutant.asked)
            except TelemetryError as error:
                found = Failure(str(error))
            trial.compare(mutant, found)
    trial.conclude()
