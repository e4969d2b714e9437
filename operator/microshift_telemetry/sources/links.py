"""Symbolic links of the device, followed below the root at which its files are mounted."""

import errno
import os
from pathlib import Path

MAX_LINKS = 40
"""As many as the kernel follows; path_resolution(7)."""


def resolved(root: Path, name: str) -> str:
    """Follow the links of a path as the device itself would, and never out of `root`.

    An absolute link begins at `root` again, and `..` leads no higher. A part that is not there is
    taken as it is written.

    Args:
        root: where the device's `/` is mounted.
        name: the path on the device, without the slash at its beginning; as is what is returned.

    Raises:
        OSError: a part can't be looked at, or there are more links than `MAX_LINKS`.
    """
    waiting, found, links = [name], list[str](), 0
    while waiting:
        part, _, rest = waiting.pop().partition("/")
        if rest:
            waiting.append(rest)
        if part == "..":
            del found[-1:]
        elif part not in {"", "."}:
            found.append(part)
            target = _target("/".join((str(root), *found)))
            if target is None:
                continue
            links += 1
            if links > MAX_LINKS:
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
            found = [] if target.startswith("/") else found[:-1]
            waiting.append(target)
    return "/".join(found)


def _target(path: str) -> str | None:
    """Read a link; None for what is none, or is not there.

    The path is a text: each `Path` has Python intern its parts, and a table of them that fills up
    with dead ones takes 0.9 MiB more.
    """
    try:
        return os.readlink(path)
    except OSError as error:
        if error.errno in {errno.EINVAL, errno.ENOENT, errno.ENOTDIR}:
            return None
        raise
