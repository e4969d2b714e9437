"""What a support case needs to know, and how kubectl gets each part of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from microshift_telemetry_cli.destination import RESOURCE
from microshift_telemetry_cli.pods import LABEL

DEPLOYMENT = "deployment/microshift-telemetry"
LOG_LIMITS = ("--tail=30000", "--limit-bytes=10000000")
"""Of a log the end; a limit of bytes alone gives its beginning."""
STATE = """\
import os, time
root = os.environ.get("TELEMETRY_STATE_DIR") or "/var/lib/microshift-telemetry"
space = os.statvfs(root)
print(root, "bytes free:", space.f_bavail * space.f_frsize)
for entry in sorted(os.scandir(root), key=lambda each: each.name):
    facts = entry.stat(follow_symlinks=False)
    changed = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(facts.st_mtime))
    print(oct(facts.st_mode), facts.st_size, changed, entry.name)
    if entry.name.endswith(".journal"):
        with open(entry.path, "rb") as file:
            head = file.read(13)
            length = int.from_bytes(head[5:9], "little")
            print("    header:", (head + file.read(min(length, 255))).hex())
"""
"""Run in the pod: the files of the state directory, and how each journal begins; no sample."""


@dataclass(frozen=True)
class Part:
    """One file of a bundle."""

    file: str
    what: str
    arguments: tuple[str, ...]
    is_object: bool = False
    """It is JSON of the API, and is laid out anew without what may be secret."""
    is_optional: bool = False
    """On a healthy device it is not there."""


def check_part(name: str) -> Part:
    """Describe a check of one destination."""
    return Part(f"check-{name}.txt", f"a check of every hop of {name}", ())


def history_part(name: str) -> Part:
    """Describe what was sent to one destination."""
    return Part(
        f"history-{name}.json", f"the last reports to {name}, every sample", (), is_object=True
    )


def parts(namespace: str) -> Iterator[Part]:
    """List the parts; the first tells whether there is a cluster at all."""
    within = f"--namespace={namespace}"
    yield Part("versions.json", "kubectl's and the API server's", ("version",), is_object=True)
    for file, what, wanted in (
        ("telemetryconfigs", "every TelemetryConfig with its conditions", (RESOURCE,)),
        ("definition", "the CRD, without its schema", (f"crd/{RESOURCE}",)),
        ("deployment", "the operator's Deployment", (DEPLOYMENT, within)),
        ("pods", "the operator's pods", ("pods", within, f"--selector={LABEL}")),
        (
            "permissions",
            "the operator's roles",
            (
                "clusterroles,roles,clusterrolebindings,rolebindings",
                "--all-namespaces",
                f"--selector={LABEL}",
            ),
        ),
        ("events", "events in the operator's namespace", ("events", within)),
        (
            "events-of-telemetryconfigs",
            "events of every TelemetryConfig",
            (
                "events",
                "--namespace=default",
                "--field-selector=involvedObject.kind=TelemetryConfig",
            ),
        ),
    ):
        yield Part(f"{file}.json", what, ("get", *wanted), is_object=True)
    log = ("logs", within, "--timestamps", *LOG_LIMITS, DEPLOYMENT)
    yield Part("log.txt", "the operator's log", log)
    yield Part("log-before.txt", "its previous log", (*log, "--previous"), is_optional=True)
    yield Part(
        "state-directory.txt",
        "names and sizes of the files, and the header of each journal",
        ("exec", within, DEPLOYMENT, "--", "python", "-I", "-S", "-c", STATE),
    )
