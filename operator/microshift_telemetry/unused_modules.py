"""What the libraries load and this process does not use stays out of its memory."""

import mimetypes
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader, spec_from_file_location
from types import ModuleType

UNUSED = frozenset(
    {
        "attr.validators",  # attrs: aiohttp's classes have none
        "google.protobuf.internal.python_message",  # protobuf: its messages are upb's
        "idna",  # yarl: for a host name that is not ASCII
        "jsonpatch",  # kopf: for patches that a handler makes; ours make none
        "shutil",  # tempfile, with bz2 and lzma
        "yaml",  # kopf: for a kubeconfig, with a parser in C
    }
)
"""Each with who loads it, and for what. They take 2.5 MiB."""


class _UnusedFinder:
    """Finds them for `import`, and lets each be loaded when something of it is used."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in UNUSED:
            return None
        found = PathFinder.find_spec(name, path, target)
        if found is None or found.loader is None:
            return found
        return spec_from_file_location(
            name,
            found.origin,
            loader=LazyLoader(found.loader),
            submodule_search_locations=found.submodule_search_locations,
        )


@contextmanager
def without_unused_modules() -> Iterator[None]:
    """Let what is imported meanwhile do without them until they are used.

    Nor does aiohttp read the machine's table of file types, since nobody here serves a file.
    """
    finder = _UnusedFinder()
    sys.meta_path.insert(0, finder)
    mimetypes.knownfiles.clear()
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
