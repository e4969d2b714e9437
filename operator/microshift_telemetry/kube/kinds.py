"""Whether a document of the API server is about the kind of object that was asked for."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any


class Event(Enum):
    """What a line of a watch is."""

    NEWS = "an object, or a bookmark"
    EXPIRED = "the watch has to begin with a list again"
    SENSELESS = "none of the two"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of object."""

    api_version: str
    name: str

    def is_object(self, document: object) -> bool:
        """Tell whether this is one object of the kind."""
        return self._is_a(self.name, document) and _has_texts(document, "name", "uid")

    def is_list(self, document: object) -> bool:
        """Tell whether this is a list of such objects, whose items need not say so again."""
        if not self._is_a(f"{self.name}List", document):
            return False
        items = document["items"] if isinstance(document, dict) and "items" in document else None
        return isinstance(items, list) and all(_has_texts(item, "name", "uid") for item in items)

    def event(self, line: bytes) -> Event:
        """Tell what a line of a watch is."""
        try:
            said = json.loads(line.decode())  # as kopf reads it: bytes may be in other codings
        except (ValueError, RecursionError):
            return Event.SENSELESS
        match said:
            case {"type": "ADDED" | "MODIFIED" | "DELETED", "object": document}:
                is_news = self.is_object(document)
            case {"type": "BOOKMARK", "object": document}:
                is_news = self._is_a(self.name, document)
            case {"type": "ERROR", "object": {"code": 410}}:
                return Event.EXPIRED
            case _:
                is_news = False
        return Event.NEWS if is_news else Event.SENSELESS

    def _is_a(self, name: str, document: object) -> bool:
        match document:
            case {"kind": kind, "apiVersion": version}:
                is_it = (kind, version) == (name, self.api_version)
                return is_it and _has_texts(document, "resourceVersion")
            case _:
                return False


def _has_texts(document: Any, *fields: str) -> bool:
    metadata = document.get("metadata") if isinstance(document, Mapping) else None
    return isinstance(metadata, Mapping) and all(
        isinstance(metadata.get(field), str) for field in fields
    )
