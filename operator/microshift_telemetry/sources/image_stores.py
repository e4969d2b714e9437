"""The image stores that CRI-O has beside its own: additionalimagestores in storage.conf."""

import re

from microshift_telemetry.sources.host import Host, HostFileMissingError

STORAGE_CONFS = ("etc/containers/storage.conf", "usr/share/containers/storage.conf")
"""The first one that is there counts; containers-storage.conf(5). No mount of ours has them."""

_ARRAY = re.compile(r"^\s*additionalimagestores\s*=\s*\[(.*)", re.MULTILINE | re.DOTALL)
_PIECE = re.compile(r"#[^\n]*|\"([^\"\n]*)\"|'([^'\n]*)'|\]")


def additional_stores(host: Host) -> tuple[str, ...]:
    """Name the additional stores, as absolute paths without the slash; none that nothing names.

    Raises:
        HostError: a storage.conf is there and can't be read.
    """
    for name in STORAGE_CONFS:
        try:
            return parse_stores(host.read_text(name))
        except HostFileMissingError:
            continue
    return ()


def parse_stores(storage_conf: str) -> tuple[str, ...]:
    """Read the array additionalimagestores; whoever needs all of TOML pays for it in memory."""
    found = _ARRAY.search(storage_conf)
    if found is None:
        return ()
    stores = []
    for piece in _PIECE.finditer(found[1]):
        if piece[0] == "]":
            break
        stores.append((piece[1] or piece[2] or "").strip("/"))
    return tuple(filter(None, stores))
