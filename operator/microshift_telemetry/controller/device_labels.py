"""`spec.externalLabelsFrom` → the values of this device, read before each report."""

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from typing import TypeVar

from microshift_telemetry.controller.cluster import Cluster
from microshift_telemetry.controller.lookup import value_in
from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.kube.bodies import Object
from microshift_telemetry.kube.errors import (
    KubeError,
    KubeForbiddenError,
    KubeNotFoundError,
)
from microshift_telemetry.logs import about
from microshift_telemetry.report.external_labels import Joined, Unread, joined, label_value
from microshift_telemetry.sample.sample import Labels
from microshift_telemetry.sending.credentials import CredentialsMissingError
from microshift_telemetry.sources.node import Node
from microshift_telemetry.spec.effective import Destination
from microshift_telemetry.spec.label_sources import LabelSource, NodeLabel, NodeName
from microshift_telemetry.spec.references import KeyReference

TRIES = 3
"""Of an API server that gives no answer, before a label of which nothing is known is left out:
each series without it is another one at the receiver."""

T = TypeVar("T")
Value = str | Unread | TelemetryError
"""An error is one that is expected to pass."""

logger = logging.getLogger(__name__)


class LabelsUnreadError(TelemetryError):
    """The API server gave no answer; the value of a label is not known, nor that there is none."""


class DeviceLabels:
    """The external labels of one TelemetryConfig, and what is to be said of them."""

    def __init__(self, name: str, cluster: Cluster) -> None:
        """Know of no value yet."""
        self._name = name
        self._cluster = cluster
        self._known: Mapping[LabelSource, str] = {}
        self._read_by: tuple[LabelSource, ...] = ()
        self._notes: tuple[str, ...] = ()
        self._tries_left = TRIES

    def forget(self) -> None:
        """Know of no value any more: what was read is nobody's business now."""
        self._known, self._read_by, self._notes = {}, (), ()
        self._tries_left = TRIES

    def notes(self, to: Destination) -> tuple[str, ...]:
        """Say which labels the last report to a destination was without, and why."""
        return self._notes if self._read_by == to.label_sources else ()

    async def read(self, to: Destination, node: Node | None) -> Labels:
        """Read the labels of a report that is about to be sent.

        Args:
            to: where it goes.
            node: as it was read of late; None when it was not.

        Raises:
            LabelsUnreadError: see there; after `TRIES` such labels are left out.
        """
        found = _settled(await _found(to.label_sources, self._cluster, node), self._known)
        errors = [value for value in found.values() if isinstance(value, TelemetryError)]
        if errors and self._tries_left:
            self._tries_left -= 1
            raise LabelsUnreadError(
                f"spec.externalLabelsFrom: {errors[0]}; samples are kept, and the operator retries"
            ) from errors[0]
        if not errors:
            self._tries_left = TRIES
        self._known = {source: each for source, each in found.items() if isinstance(each, str)}
        labels = _joined(to, found)
        self._say(to, labels.notes)
        return labels.labels

    async def look(self, to: Destination, node: Node | None) -> Joined:
        """Read them for somebody who only looks; nothing of it is kept, and it never fails."""
        return _joined(
            to, _settled(await _found(to.label_sources, self._cluster, node), self._known)
        )

    def _say(self, to: Destination, notes: tuple[str, ...]) -> None:
        extra = about(self._name)
        for note in notes:
            if note not in self._notes:
                logger.warning("%s", note, extra=extra)
        if self._notes and not notes and to.label_sources:
            logger.info("every label of spec.externalLabelsFrom is read again", extra=extra)
        self._read_by, self._notes = to.label_sources, notes


def _settled(
    found: Mapping[LabelSource, Value], known: Mapping[LabelSource, str]
) -> Mapping[LabelSource, Value]:
    """Put what was read before in the place of no answer."""
    return {
        source: known.get(source, value) if isinstance(value, TelemetryError) else value
        for source, value in found.items()
    }


def _joined(to: Destination, found: Mapping[LabelSource, Value]) -> Joined:
    values = {
        source.name: Unread(str(value), "the operator retries")
        if isinstance(value, TelemetryError)
        else value
        for source, value in found.items()
    }
    return joined(to.external_labels, values, to.protocol.longest_label_bytes)


async def _found(
    sources: tuple[LabelSource, ...], cluster: Cluster, node: Node | None
) -> Mapping[LabelSource, Value]:
    """Read each object that is named, once."""
    if not sources:
        return {}
    of_node = tuple(each for each in sources if not isinstance(each.value_from, KeyReference))
    maps, from_node = await asyncio.gather(
        _config_maps(sources, cluster), _from_node(of_node, cluster, node)
    )
    return from_node | {
        each: _value_in(maps[each.value_from.name], each.value_from)
        for each in sources
        if isinstance(each.value_from, KeyReference)
    }


async def _config_maps(
    sources: tuple[LabelSource, ...], cluster: Cluster
) -> Mapping[str, Object | TelemetryError]:
    references = {
        each.value_from.name: each.value_from
        for each in sources
        if isinstance(each.value_from, KeyReference)
    }
    reads = (_outcome(cluster.lookup.object(each)) for each in references.values())
    return dict(zip(references, await asyncio.gather(*reads), strict=True))


async def _from_node(
    sources: tuple[LabelSource, ...], cluster: Cluster, node: Node | None
) -> dict[LabelSource, Value]:
    """Read the node, unless it was read of late, or nothing but its name is wanted and known."""
    named = None if cluster.node_name is None else Node(cluster.node_name)
    if named is not None and all(isinstance(each.value_from, NodeName) for each in sources):
        return {each: _value_of(named, each) for each in sources}
    read = await _outcome(cluster.node()) if node is None else node
    return {
        each: _value_of(
            read if named is None or isinstance(each.value_from, NodeLabel) else named, each
        )
        for each in sources
    }


async def _outcome(read: Awaitable[T]) -> T | TelemetryError:
    try:
        return await read
    except TelemetryError as error:
        return error


def _unless_passing(error: TelemetryError, if_missing: str, role: str) -> Unread | TelemetryError:
    """Tell an object that is not given for good from an API server that gives no answer."""
    match error, error.__cause__:
        case (KubeForbiddenError(), _):
            return Unread(str(error), f"apply the {role} microshift-telemetry again")
        case (KubeNotFoundError(), _) | (CredentialsMissingError(), KubeNotFoundError()):
            return Unread(str(error), if_missing)
        case (KubeError(), _):
            return error
        case _:
            return Unread(str(error))


def _value_in(found: Object | TelemetryError, reference: KeyReference) -> Value:
    if isinstance(found, TelemetryError):
        return _unless_passing(found, "create it", "Role")
    try:
        return label_value(value_in(found, reference).decode(), str(reference))
    except CredentialsMissingError as error:
        parts = (found.get("data"), found.get("binaryData"))
        is_there = any(isinstance(part, dict) and reference.key in part for part in parts)
        return Unread(str(error), "set a text as its value" if is_there else "add it")


def _value_of(node: Node | TelemetryError, source: LabelSource) -> Value:
    if isinstance(node, TelemetryError):
        return _unless_passing(node, "set TELEMETRY_NODE_NAME to an existing node", "ClusterRole")
    match source.value_from:
        case NodeLabel(key) if not isinstance(node.labels.get(key), str):
            return Unread(f'node {node.name} has no label "{key}"', "label the node")
        case NodeLabel(key):
            return label_value(node.labels[key], f"node {node.name}, label {key}")
        case _:
            return label_value(node.name, "the node's name")
