"""The bill of materials says what the image's lock says."""

import json
import re
import subprocess
from pathlib import Path

from tests.support.go_toolchain import REPOSITORY

LOCKED = re.compile(
    r"^(\S+)==(\S+) \\\n((?: +--hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.MULTILINE
)


def test_every_locked_package_is_listed_with_every_hash(tmp_path: Path) -> None:
    file = tmp_path / "sbom.json"
    subprocess.run(
        ["make", f"SBOM={file}", "sbom"], cwd=REPOSITORY, check=True, capture_output=True
    )
    bill = json.loads(file.read_text())

    listed = {
        (each["name"], each["version"]): {
            digest["content"] for digest in each["externalReferences"][0]["hashes"]
        }
        for each in bill["components"]
    }

    lock = (REPOSITORY / "requirements" / "run.txt").read_text()
    assert listed == {
        (name, version): set(re.findall(r"sha256:(\w+)", hashes))
        for name, version, hashes in LOCKED.findall(lock)
    }
    assert bill["bomFormat"] == "CycloneDX"
    assert bill["metadata"]["component"]["name"] == "microshift-telemetry"
