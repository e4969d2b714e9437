"""Whose files these are: each begins with its owner, and nobody else's is used."""

from dataclasses import dataclass
from hashlib import sha256

from microshift_telemetry.buffer.packing import Packer, Unpacker


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose samples a file holds.

    Nothing of another object, cluster or machine is used, nor what an opt-out could not delete.
    """

    uid: str
    """Of the TelemetryConfig."""
    cluster_id: str
    machine: bytes
    """A hash; the machine id itself is nobody's business. That of nothing: it was not known."""
    opt_out: int = 0
    """The generation of the object's last opt-out; 0 when none is known."""

    @classmethod
    def of(cls, uid: str, cluster_id: str, machine_id: str, opt_out: int = 0) -> "Owner":
        """Name an owner by `node.status.nodeInfo.machineID`, which may be empty."""
        return cls(uid, cluster_id, _hash(machine_id), opt_out)

    def may_use(self, other: "Owner") -> bool:
        """Tell whether what was kept for another is its own, and of after its last opt-out."""
        is_one_machine = self.machine == other.machine or _hash("") in {self.machine, other.machine}
        is_one_object = (self.uid, self.cluster_id) == (other.uid, other.cluster_id)
        return is_one_object and is_one_machine and other.opt_out >= self.opt_out


def _hash(machine_id: str) -> bytes:
    return sha256(machine_id.encode()).digest()[:16]


def pack_owner(out: Packer, owner: Owner) -> None:
    """Write an owner."""
    out.text(owner.uid)
    out.text(owner.cluster_id)
    out.blob(owner.machine)
    out.number(owner.opt_out)


def unpack_owner(source: Unpacker) -> Owner:
    """Read an owner, which ends a header; version 0.1.0 knew of no generations.

    Raises:
        UnreadableError: there is none.
    """
    uid, cluster_id, machine = source.text(), source.text(), source.blob()
    return Owner(uid, cluster_id, machine, 0 if source.is_at_end else source.number())
