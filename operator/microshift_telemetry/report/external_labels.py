"""The external labels of a report: those of the spec, and those with a value of the device."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from microshift_telemetry.sample.sample import Labels, labels_from
from microshift_telemetry.spec.shaping import MAX_EXTERNAL_BYTES, ExternalLabels, utf8_bytes

MAX_VALUE_CHARS = 256
"""As the CRD's of a value that stands in the spec."""


class Unread(NamedTuple):
    """Why a label has no value of the device, and what to do."""

    why: str
    """Starts with the place where it should lie."""
    remedy: str = ""
    """Empty where `why` has it."""

    def __str__(self) -> str:
        """Say both."""
        return f"{self.why}; {self.remedy}" if self.remedy else self.why


@dataclass(frozen=True, slots=True)
class Joined:
    """What every series of a report carries."""

    labels: Labels
    unread: Mapping[str, Unread]
    """By label, in their order: those that have no value of the device."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Say of each unread label what becomes of it."""
        names = dict(self.labels)
        return tuple(
            f"label {name} {'has its value from spec.externalLabels' if name in names else _OUT}: "
            f"{unread}"
            for name, unread in self.unread.items()
        )


_OUT = "is left out"


def label_value(text: str, shown: str) -> str | Unread:
    """Take a text of the device as the value of a label; white space around it is an editor's.

    `shown` says where it lies.
    """
    value = text.strip()
    if not value:
        return Unread(f"{shown}: empty", "set a text as its value")
    if len(value) > MAX_VALUE_CHARS:
        return Unread(f"{shown}: longer than {MAX_VALUE_CHARS} characters", "shorten it")
    return value


def joined(
    fixed: ExternalLabels,
    values: Mapping[str, str | Unread],
    longest_bytes: int | None = None,
) -> Joined:
    """Join both kinds; a value of the device counts before a fixed one of its name.

    What would make the labels too long is left out, in the order of the names: nothing that lies
    outside of the spec ever keeps a report from being sent. So is a value of more than
    `longest_bytes`, where the receiver wants none.
    """
    labels, unread = dict(fixed), {}
    for name, value in sorted(values.items()):
        if isinstance(value, Unread):
            unread[name] = value
        elif longest_bytes is not None and utf8_bytes(value) > longest_bytes:
            unread[name] = Unread(
                f"its value has more than {longest_bytes} bytes of UTF-8, which spec.protocol does "
                "not allow",
                "shorten it",
            )
        elif _bytes(labels | {name: value}) > MAX_EXTERNAL_BYTES:
            unread[name] = Unread(
                f"with it all external labels have more than {MAX_EXTERNAL_BYTES} bytes of UTF-8",
                "shorten a value",
            )
        else:
            labels[name] = value
    return Joined(labels_from(labels), unread)


def _bytes(labels: Mapping[str, str]) -> int:
    return sum(utf8_bytes(name) + utf8_bytes(value) for name, value in labels.items())
