"""The file with the device's salt, beside the journals: opt-outs and damage leave it alone.

It stands there twice, each time with a checksum and the id of the cluster that it was made for.
"""

import logging
from io import BytesIO

from microshift_telemetry.buffer.frames import Frame, frame, scan
from microshift_telemetry.buffer.packing import Packer, Unpacker, UnreadableError
from microshift_telemetry.buffer.state_directory import StateDirectory, translated, write_whole

logger = logging.getLogger(__name__)

_KIND = 1
_MAX_FILE_BYTES = 4096


def kept_salt(directory: StateDirectory, cluster_id: str, new: bytes) -> bytes:
    """Give the salt of a cluster; where none is kept, keep a new one.

    Raises:
        JournalError: the disk refuses; what was there before is still there.
    """
    kept = read_salt(directory, cluster_id)
    if kept is None:
        write_salt(directory, cluster_id, new)
        logger.info("created a salt; anonymised labels are hashed with it from now on")
    return kept or new


def read_salt(directory: StateDirectory, cluster_id: str) -> bytes | None:
    """Read the salt of a cluster; None when there is none that can be used.

    One that a disk image has brought along from another cluster is none: whoever knows the device
    that it comes from could look values up.

    Raises:
        JournalError: the file can't be read.
    """
    directory.hold()
    return seen_salt(directory, cluster_id)


def seen_salt(directory: StateDirectory, cluster_id: str) -> bytes | None:
    """Read as `read_salt` does, without holding the directory: nothing is made there.

    Raises:
        JournalError: the file can't be read.
    """
    with translated(directory.salt_file):
        try:
            with directory.salt_file.open("rb") as file:
                data = file.read(_MAX_FILE_BYTES)
        except FileNotFoundError:
            return None
    return decode_salt(data, cluster_id)


def write_salt(directory: StateDirectory, cluster_id: str, salt: bytes) -> None:
    """Put a salt in place for good.

    Raises:
        JournalError: the disk refuses; what was there before is still there.
    """
    directory.hold()
    new = directory.salt_file.with_suffix(".new")
    write_whole(new, [encode_salt(cluster_id, salt)])
    with translated(directory.salt_file):
        new.replace(directory.salt_file)
    directory.sync()


def encode_salt(cluster_id: str, salt: bytes) -> bytes:
    """Write down a salt and whose it is."""
    out = Packer()
    out.text(cluster_id)
    out.blob(salt)
    return 2 * frame(_KIND, bytes(out.data))


def decode_salt(data: bytes, cluster_id: str) -> bytes | None:
    """Read a cluster's salt; None when it is not there, or damaged in both places."""
    for piece in scan(BytesIO(data).read):
        if isinstance(piece, Frame) and piece.kind == _KIND:
            source = Unpacker(piece.payload)
            try:
                owner, salt = source.text(), source.blob()
            except UnreadableError:
                continue
            if owner == cluster_id and salt:
                return salt
    return None
