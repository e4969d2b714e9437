"""Labels whose values differ from device to device: `spec.externalLabelsFrom`."""

from dataclasses import dataclass

from microshift_telemetry.spec.errors import SpecError
from microshift_telemetry.spec.fields import Fields, refuse_more
from microshift_telemetry.spec.references import KeyReference, parse_key
from microshift_telemetry.spec.shaping import (
    MAX_EXTERNAL_LABELS,
    ExternalLabels,
    refuse_label_name,
)


@dataclass(frozen=True, slots=True)
class NodeName:
    """The name of the node."""

    def __str__(self) -> str:
        """Write it as an admin would say it."""
        return "the node's name"


@dataclass(frozen=True, slots=True)
class NodeLabel:
    """A label of the node."""

    key: str

    def __str__(self) -> str:
        """Write it as an admin would say it."""
        return f"the node's label {self.key}"


ValueFrom = NodeName | NodeLabel | KeyReference


@dataclass(frozen=True, slots=True)
class LabelSource:
    """One external label, and where its value lies."""

    name: str
    value_from: ValueFrom


def parse_label_sources(spec: Fields, fixed: ExternalLabels) -> tuple[LabelSource, ...]:
    """Read `spec.externalLabelsFrom`, sorted by name; of two with one name the later counts.

    Args:
        spec: the whole spec.
        fixed: `spec.externalLabels`, to which the same limit applies.

    Raises:
        SpecError: a name that can't be a label, none or several sources, an incomplete one, or too
            many labels.
    """
    path = f"{spec.path}.externalLabelsFrom"
    sources = {each.name: each for each in map(_source, spec.objects("externalLabelsFrom"))}
    if sources:
        both = f"{path}, together with {spec.path}.externalLabels" if fixed else path
        refuse_more(both, sources.keys() | dict(fixed).keys(), MAX_EXTERNAL_LABELS)
    return tuple(sources[name] for name in sorted(sources))


def _source(fields: Fields) -> LabelSource:
    name = fields.required_text("name")
    refuse_label_name(name, f"{fields.path}.name")
    return LabelSource(name, _value_from(fields.object("valueFrom")))


def _value_from(fields: Fields) -> ValueFrom:
    found: list[ValueFrom] = []
    if fields.given("nodeName") is not None:
        found.append(NodeName())
    if key := fields.text("nodeLabel"):
        found.append(NodeLabel(key))
    if fields.has("configMapKeyRef"):
        found.append(parse_key(fields.object("configMapKeyRef"), "ConfigMap"))
    if len(found) != 1:
        raise SpecError(
            f"{fields.path}: must set exactly one of nodeName, nodeLabel and configMapKeyRef"
        )
    return found[0]
