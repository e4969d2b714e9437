"""The pull secret of a device, as the overlay for MicroShift mounts it: the folder around it."""

import json
from base64 import b64encode

from tests.node.installation import Installation

FOLDER = "/var/lib/crio-configuration"
"""The node's own `/etc` is the test machine's, so another folder takes the place of /etc/crio."""
LINK, TARGET = "openshift-pull-secret", "/etc/crio/from-the-installer.json"
AUTH = b64encode(b"a name:a token").decode()
READ = f"""\
from pathlib import Path
from microshift_telemetry.sending.credentials import parse_pull_secret
from microshift_telemetry.sources.host import Host, HostError
try:
    print(parse_pull_secret(Host(Path("/host")).read_bytes("etc/crio/{LINK}")).reveal())
except HostError as error:
    print(error)
"""
"""In the pod: a report asks for the secret only once it knows the time, and here nobody tells."""


def lay_link(installation: Installation) -> None:
    """Lay an absolute link, which leads to a file that is not there yet."""
    run = installation.node.machine.run
    run("mkdir", "--parents", FOLDER)
    run("ln", "--symbolic", "--force", TARGET, f"{FOLDER}/{LINK}")


def lay_secret(installation: Installation) -> None:
    secret = json.dumps({"auths": {"cloud.openshift.com": {"auth": AUTH}}})
    file = f"{FOLDER}/{TARGET.rpartition('/')[2]}"
    installation.node.machine.run("sh", "-c", 'echo "$1" > "$2"', "sh", secret, file)


def mount(installation: Installation) -> None:
    pod = "/spec/template/spec"
    volume = {"name": "pull-secret", "hostPath": {"path": FOLDER}}
    mounted = {"name": "pull-secret", "mountPath": "/host/etc/crio", "readOnly": True}
    installation.patch(
        {"op": "add", "path": f"{pod}/volumes/-", "value": volume},
        {"op": "add", "path": f"{pod}/containers/0/volumeMounts/-", "value": mounted},
    )


def test_a_pull_secret_that_is_an_absolute_link_is_read(installation: Installation) -> None:
    lay_link(installation)
    mount(installation)

    missing = installation.execute("python3", "-c", READ)
    lay_secret(installation)
    found = installation.execute("python3", "-c", READ)

    assert missing == f"/etc/crio/{LINK} -> {TARGET}: no such file\n"
    assert found == f"{AUTH}\n"
