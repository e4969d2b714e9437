"""Process 1 of a boot: makes the file systems that a boot begins with, then only reaps.

Run as `python first_process.py DISK BOOT_ID`, first in new namespaces for mounts and processes.
/run is empty after each boot; what is written below /var/lib and /var/log goes to DISK, so that it
outlives the boot and the machine's own files stay as they are.
"""

import signal
import subprocess
import sys
from pathlib import Path

KEPT = ("/var/lib", "/var/log")


def main() -> None:
    disk, boot_id = Path(sys.argv[1]), sys.argv[2]
    _mount("-t", "tmpfs", "tmpfs", "/run")
    for directory in KEPT:
        _mount_overlay(Path(directory), disk / Path(directory).name)
    boot_id_file = Path("/run/boot_id")
    boot_id_file.write_text(f"{boot_id}\n")
    _mount("--bind", str(boot_id_file), "/proc/sys/kernel/random/boot_id")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel then reaps what was left to us
    (disk / f"booted-{boot_id}").touch()
    while True:
        signal.pause()


def _mount_overlay(directory: Path, kept: Path) -> None:
    upper, work = kept / "files", kept / "overlay-work"
    for each in (upper, work):
        each.mkdir(parents=True, exist_ok=True)
    layers = f"lowerdir={directory},upperdir={upper},workdir={work}"
    _mount("-t", "overlay", "-o", layers, "overlay", str(directory))


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


if __name__ == "__main__":
    main()
