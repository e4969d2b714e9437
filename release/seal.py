"""Sign a release and list its checksums: `python -m release.seal DIRECTORY [--key KEY]`.

With a key, each RPM is signed, and so is the list, which covers everything else; the public key
goes along for dnf. Without one the list alone is written, for whoever builds a release again.
"""

import argparse
import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PUBLIC_KEY = "RPM-GPG-KEY-microshift-telemetry"
SUMS = "SHA256SUMS"
SIGNATURE = "SHA256SUMS.asc"


def main() -> None:
    """Seal a directory, or end with 1 and what a program said."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--key", default="", help="the fingerprint of a key in gpg's keyring")
    options = parser.parse_args()
    try:
        seal(options.directory, options.key)
    except subprocess.CalledProcessError as error:
        sys.exit(f"{error.cmd[0]} ended with {error.returncode}: {error.stderr}")


def seal(directory: Path, key: str) -> None:
    """Sign what is in a directory, and list it.

    Raises:
        CalledProcessError: gpg or rpmsign refused.
    """
    if key:
        public = _run("gpg", "--batch", "--armor", "--export", key)
        (directory / PUBLIC_KEY).write_text(public)
        _sign_packages(sorted(directory.glob("*.rpm")), key)
    write_sums(directory)
    if key:
        signing = ("--local-user", key, "--armor", "--detach-sign", "--yes")
        _run("gpg", *signing, f"--output={directory / SIGNATURE}", str(directory / SUMS))


def write_sums(directory: Path) -> None:
    """List every file but the list itself and its signature, as `sha256sum --check` reads it."""
    files = sorted(each for each in directory.iterdir() if each.name not in {SUMS, SIGNATURE})
    lines = [f"{hashlib.sha256(each.read_bytes()).hexdigest()}  {each.name}\n" for each in files]
    (directory / SUMS).write_text("".join(lines))


def _sign_packages(packages: list[Path], key: str) -> None:
    """Sign in place; rpm opens its database for that, which is to be nobody's."""
    with tempfile.TemporaryDirectory() as database:
        _run(
            *("rpmsign", f"--define=_dbpath {database}", f"--define=_gpg_name {key}"),
            *(f"--define=__gpg {shutil.which('gpg')}", "--define=_gpg_digest_algo sha256"),
            *("--addsign", *map(str, packages)),
        )


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603  # gpg and rpmsign
    return done.stdout


if __name__ == "__main__":
    main()
