"""The list of checksums is signed by the key that the reader trusts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from release.verify.files import PUBLIC_KEY, SIGNATURE, SUMS, Release, run

GOOD = {"GOODSIG", "VALIDSIG"}
"""What gpg says beside, and only beside, each other of a good signature by a valid key."""


def signature(release: Release) -> Iterator[str]:
    """Find what is wrong with it; there is none to look at in a release of one's own."""
    if release.key is None:
        return
    gpg = ("gpg", f"--homedir={release.scratch}", "--batch", "--no-options", "--no-autostart")
    keyring = release.scratch / "key.gpg"
    made = run(*gpg, f"--output={keyring}", "--dearmor", str(release.key))
    ours = _fingerprints(gpg, release.key)
    if made.returncode != 0 or not ours:
        yield f"{release.key}: no armored public key"
        return
    checked = run(
        *(*gpg, "--no-default-keyring", f"--keyring={keyring}", "--trust-model=always"),
        *("--status-fd=1", "--verify", str(release.file(SIGNATURE)), str(release.file(SUMS))),
    )
    said = set(re.findall(r"^\[GNUPG:\] (\w+)", checked.stdout, re.MULTILINE))
    if checked.returncode != 0 or not said >= GOOD:
        yield f"{SIGNATURE}: {SUMS} is not signed by the key in {release.key}"
    elif _fingerprints(gpg, release.file(PUBLIC_KEY)) != ours:
        yield f"{PUBLIC_KEY}: not the key in {release.key}"


def _fingerprints(gpg: tuple[str, ...], key: Path) -> set[str]:
    """List the keys in a file; a subkey is part of its key."""
    shown = run(*gpg, "--with-colons", "--show-keys", str(key)).stdout
    return set(re.findall(r"^pub:.*\nfpr:+([0-9A-F]+):", shown, re.MULTILINE))
