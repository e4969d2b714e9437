"""What must hold before anything is built: `python -m release.check`, which `make release` calls.

It changes nothing. A release is built from a commit that has its version and its date already, so
that whoever has that commit can build it again.
"""

import argparse
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from microshift_telemetry.clock import SystemClock
from release.places import REPOSITORY, disagreements
from release.versions import changelog_complaints, order_complaints, parse_version, sections

REGISTRY_NAME = re.compile(r"[a-z0-9][a-z0-9.:-]*(?:/[a-z0-9._-]+)+")
PINNED = re.compile(r".+@sha256:[0-9a-f]{64}")
SHOWN_FILES = 5


def main() -> None:
    """Write every complaint, and end with 1 if there is one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("version")
    parser.add_argument("--image", required=True, help="REGISTRY/NAME that it is pushed to")
    parser.add_argument("--base", default="", help="NAME@sha256:..., if images are built")
    parser.add_argument(
        "--archives", nargs="*", default=[], help="of images that were built before"
    )
    parser.add_argument("--sign-key", default="", help="the fingerprint of a key in gpg's keyring")
    options = parser.parse_args()
    complaints = [
        *version_complaints(options.version, SystemClock().now().date()),
        *tree_complaints(),
        *image_complaints(options.image, options.base, options.archives),
        *program_complaints(options.sign_key),
    ]
    if complaints:
        sys.exit("\n".join(f"make release: {each}" for each in complaints))


def version_complaints(version: str, today: date, repository: Path = REPOSITORY) -> Iterator[str]:
    """Compare a version with the tree, with its changelog, and with all tags but those of HEAD."""
    try:
        parse_version(version)
    except ValueError as error:
        yield str(error)
        return
    changelog = (repository / "CHANGELOG.md").read_text()
    yield from disagreements(version, repository)
    yield from changelog_complaints(changelog, version, today)
    tags = set(_git(repository, "tag").split())
    ours = set(_git(repository, "tag", "--points-at=HEAD").split())
    before = {each.name for each in sections(changelog)} - {version}
    before |= {each.removeprefix("v") for each in tags - ours}
    yield from order_complaints(version, sorted(before))


def tree_complaints(repository: Path = REPOSITORY) -> Iterator[str]:
    """Name what no commit has: nobody could build it again."""
    changed = _git(repository, "status", "--porcelain").splitlines()
    if changed:
        names = ", ".join(line[3:] for line in changed[:SHOWN_FILES])
        more = f" and {len(changed) - SHOWN_FILES} more" if len(changed) > SHOWN_FILES else ""
        yield f"the tree is not as it was committed: {names}{more}"


def image_complaints(image: str, base: str, archives: list[str]) -> Iterator[str]:
    """Refuse what can change under a device, or can't be built again."""
    if not REGISTRY_NAME.fullmatch(image):
        yield f"IMAGE={image}: give REGISTRY/NAME, without tag or digest, as it will be pulled"
    if not archives and not PINNED.fullmatch(base):
        yield f"BASE={base}: a tag moves; give NAME@sha256:DIGEST"
    for each in archives:
        if not Path(each).is_file():
            yield f"IMAGE_ARCHIVES: {each} is missing"


def program_complaints(sign_key: str) -> Iterator[str]:
    """Name what is missing on this machine."""
    signing = ("gpg", "rpmsign") if sign_key else ()
    missing = [each for each in ("rpmbuild", "rpm", *signing) if not shutil.which(each)]
    if missing:
        yield f"programs are missing: {', '.join(missing)}"
    elif sign_key and _run("gpg", "--batch", "--list-secret-keys", sign_key).returncode != 0:
        yield f"SIGN_KEY={sign_key}: gpg has no such secret key"


def _git(repository: Path, *arguments: str) -> str:
    done = _run("git", "-C", str(repository), *arguments)
    if done.returncode != 0:
        sys.exit(f"make release: git {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout


def _run(*command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # git and gpg


if __name__ == "__main__":
    main()
