"""The architectures that an image is built for, as containers, Debian, kernel and ELF name them."""

import platform
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Architecture:
    """One of them, under each of its names."""

    name: str
    """As containers, Kubernetes and Debian have it."""
    machine: str
    """As `uname -m`, wheels, qemu and telemetry's `label_kubernetes_io_arch` have it, which alone
    says `amd64` for `x86_64`."""
    elf_machine: int
    """`e_machine` of every ELF file with code for it; Source: elf(5), `linux/elf-em.h`."""

    @property
    def is_foreign(self) -> bool:
        """This machine runs its programs by an emulator only."""
        return self.machine != platform.machine()


ARCHITECTURES = {
    each.name: each
    for each in (Architecture("amd64", "x86_64", 62), Architecture("arm64", "aarch64", 183))
}


def own_architecture() -> Architecture:
    """Give the one of this machine."""
    [own] = [each for each in ARCHITECTURES.values() if not each.is_foreign]
    return own
