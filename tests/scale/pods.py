"""The pods of an example in `examples/receivers`, run as processes of this machine.

The command lines and configuration files are those of the manifests; addresses and directories are
replaced by free ports and directories of the test.
"""

import re
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Self

import yaml

from tests.receivers.store import READY_SECONDS, answers
from tests.support.go_toolchain import REPOSITORY
from tests.support.process import ManagedProcess, free_port
from tests.support.tools import program

EXAMPLES = REPOSITORY / "examples" / "receivers"
WORKLOADS = frozenset({"Deployment", "StatefulSet"})
OWN_ADDRESS = re.compile(r"0\.0\.0\.0:(\d+)")
OTHER_ADDRESS = re.compile(r"\b([a-z]+-[a-z-]*[a-z])(-\d+)?(?:\.[a-z-]+)?:(\d{4,5})\b")
"""`thanos-receive-0.thanos-receive-pods:10901`, or the Service of a workload with one pod."""
VOLUME = re.compile(r"(?<=[= ])/(data|config|bucket)\b")

Object = Mapping[str, Any]


def manifests(example: str) -> list[Object]:
    """Render an example as `kubectl apply -k` does."""
    command: list[str | Path] = [program("kubectl"), "kustomize", EXAMPLES / example]
    return list(yaml.safe_load_all(subprocess.check_output(command, text=True)))


class Pod:
    """One pod; it can be killed and started again with the same data."""

    def __init__(self, name: str, command: list[str | Path], ready_url: str, log: Path) -> None:
        self.name = name
        self._command, self._ready_url, self._log = command, ready_url, log
        self._process: ManagedProcess | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None, f"{self.name} does not run"
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None

    def start(self) -> None:
        self._process = ManagedProcess(self.name, self._command, self._log)

    def wait_until_ready(self) -> None:
        assert self._process is not None
        self._process.wait_until(partial(answers, self._ready_url), READY_SECONDS)

    def kill(self) -> None:
        """End it as `kill -9` does."""
        assert self._process is not None
        self._process.kill()
        self._process = None

    def stop(self) -> None:
        if self._process is not None:
            self._process.stop(grace_seconds=30)
            self._process = None


class Pods:
    """All pods of an example, running while the context lasts."""

    def __init__(
        self,
        example: str,
        directory: Path,
        *,
        without: Iterable[str] = (),
        more: Sequence[str] = (),
    ) -> None:
        """Prepare them below `directory`.

        `without` names workloads that are not started; `more` are arguments of each that is.
        """
        self._directory, self._more = directory, more
        self._addresses: dict[tuple[str, int], str] = defaultdict(
            lambda: f"127.0.0.1:{free_port()}"
        )
        objects = manifests(example)
        self._files = {
            each["metadata"]["name"]: each["data"]
            for each in objects
            if each["kind"] == "ConfigMap"
        }
        self._workloads = {
            each["metadata"]["name"]: each for each in objects if each["kind"] in WORKLOADS
        }
        self.pods = {
            pod.name: pod
            for name, workload in self._workloads.items()
            if name not in without
            for pod in self._pods_of(workload)
        }

    def __enter__(self) -> Self:
        for pod in self.pods.values():
            pod.start()
        for pod in self.pods.values():
            pod.wait_until_ready()
        return self

    def __exit__(self, *_: object) -> None:
        for pod in self.pods.values():
            pod.stop()

    def of(self, workload: str) -> list[Pod]:
        """List the pods of one workload."""
        return [pod for name, pod in self.pods.items() if name.rpartition("-")[0] == workload]

    def address(self, pod: str, port: int) -> str:
        """Tell where a port of a pod is."""
        return self._addresses[pod, port]

    @property
    def bucket(self) -> Path:
        """Tell where the bucket is that all pods share."""
        return self._volume("", "bucket")

    def data(self, pod: str) -> Path:
        """Tell where a pod has its data."""
        return self._volume(pod, "data")

    def command(self, workload: str, ordinal: int = 0) -> list[str | Path]:
        """Give the command line of a pod, whose files are written."""
        pod = f"{workload}-{ordinal}"
        spec = self._workloads[workload]["spec"]["template"]["spec"]
        [container] = spec["containers"]
        for volume in spec.get("volumes", ()):
            if "configMap" in volume:
                for name, content in self._files[volume["configMap"]["name"]].items():
                    file = self._volume(pod, volume["name"]) / name
                    file.write_text(self._localized(content, pod))
        image = container["image"].rpartition("/")[2].partition(":")[0]
        return [program(image), *(self._localized(each, pod) for each in container["args"])]

    def _pods_of(self, workload: Object) -> Iterable[Pod]:
        name, spec = workload["metadata"]["name"], workload["spec"]
        [container] = spec["template"]["spec"]["containers"]
        ports = {each["name"]: each["containerPort"] for each in container["ports"]}
        probe = container["readinessProbe"]["httpGet"]
        for ordinal in range(spec["replicas"]):
            pod = f"{name}-{ordinal}"
            url = f"http://{self.address(pod, ports[probe['port']])}{probe['path']}"
            log = self._volume(pod, "logs") / "log"
            yield Pod(pod, [*self.command(name, ordinal), *self._more], url, log)

    def _localized(self, text: str, pod: str) -> str:
        """Replace what is another in a cluster."""
        text = text.replace("$(POD_NAME)", pod)
        text = OWN_ADDRESS.sub(lambda found: self.address(pod, int(found[1])), text)
        text = OTHER_ADDRESS.sub(
            lambda found: self.address(found[1] + (found[2] or "-0"), int(found[3])), text
        )
        return VOLUME.sub(lambda found: str(self._volume(pod, found[1])), text)

    def _volume(self, pod: str, name: str) -> Path:
        """Give a directory; the bucket is the same for all."""
        directory = self._directory / (name if name == "bucket" else f"{pod}/{name}")
        directory.mkdir(parents=True, exist_ok=True)
        return directory
