"""What runs: the servers, MicroShift's surroundings, and the operator under its own identity."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tests.demo.breakages import breakages
from tests.demo.cluster import Cluster
from tests.demo.ground_truth import GroundTruth
from tests.demo.machine import Machine
from tests.demo.story import Story
from tests.support.control_plane import ControlPlane
from tests.support.device import SERVICE_ACCOUNT, Device
from tests.support.go_toolchain import REPOSITORY
from tests.support.operator_process import OperatorProcess
from tests.support.prometheus import Prometheus
from tests.support.surroundings import NODE_NAME, Surroundings, lay_microshift
from tests.support.tools import Tools, build_tools

ADMISSION_POLICY = REPOSITORY / "deploy" / "components" / "admission-policy"
INTERVAL = "1m"
COUNT_SECONDS = 2


@dataclass(slots=True)
class Stage:
    """Everything that is up."""

    control_plane: ControlPlane
    prometheus: Prometheus
    device: Device
    operator: OperatorProcess
    environment: Path
    """What a visitor's shell reads to have `kubectl` and its kubeconfig."""
    cluster: Cluster
    truth: GroundTruth

    def restart_operator(self) -> None:
        """Start the operator again after its end, as a kubelet would."""
        self.operator = self.device.start_operator()


@contextmanager
def set_stage(directory: Path, story: Story) -> Iterator[Stage]:
    """Start and install everything below `directory`, telling it; stop it all at the end."""
    with ExitStack() as stack:
        story.chapter("What runs")
        tools = build_tools()
        story.event("programs", f"kept in {tools.kubectl.parent.parent}")
        control_plane = stack.enter_context(_control_plane(directory, tools, story))
        prometheus = stack.enter_context(Prometheus(directory / "prometheus", tools))
        story.event("Prometheus", f"{prometheus.url}, takes remote writes, scrapes nothing")
        machine = Machine()
        stack.enter_context(machine.recorded())

        story.chapter("What is installed")
        device = _installed(control_plane, directory / "device", story)
        spec = {
            "endpoint": prometheus.remote_write_url,
            "samplingInterval": INTERVAL,
            "sendingInterval": INTERVAL,
        }
        device.apply(**spec)
        stack.enter_context(breakages(directory, tools, spec))
        story.event("its object", f"TelemetryConfig cluster: a sample and a report each {INTERVAL}")

        story.chapter("What happens")
        operator = stack.enter_context(device.operator())
        story.event("operator", f"process {operator.pid}, with the token of {SERVICE_ACCOUNT}")
        cluster = Cluster(control_plane)
        stage = Stage(
            control_plane=control_plane,
            prometheus=prometheus,
            device=device,
            operator=operator,
            environment=_environment(control_plane, tools),
            cluster=cluster,
            truth=GroundTruth(cluster, machine, device.host_root),
        )
        stack.callback(lambda: stage.operator.stop())
        yield stage


def _environment(control_plane: ControlPlane, tools: Tools) -> Path:
    file = control_plane.directory.with_name("env")
    file.write_text(
        f"export DEMO={file.parent}\nexport KUBECONFIG={control_plane.kubeconfig}\n"
        f"PATH='{tools.kubectl.parent}':\"$PATH\"\n"
    )
    return file


@contextmanager
def _control_plane(directory: Path, tools: Tools, story: Story) -> Iterator[ControlPlane]:
    counting = replace(tools, kube_apiserver=_that_counts_often(tools.kube_apiserver, directory))
    place = directory / "control-plane"
    with ControlPlane(place, counting, has_controllers=False) as control_plane:
        layout = control_plane.layout
        version = subprocess.run(
            [tools.kube_apiserver, "--version"], capture_output=True, text=True, check=True
        ).stdout.strip()
        often = f"counts objects every {COUNT_SECONDS} s"
        story.event("etcd", layout.etcd_url)
        story.event("API server", f"{layout.server}, {version}; {often}")
        story.event("no kubelet", "nodes and pods are objects only; no controllers either")
        yield control_plane


def _that_counts_often(kube_apiserver: Path, directory: Path) -> Path:
    """Make a command that starts the API server so that it soon knows how much etcd holds.

    By default it counts each kind every one to two minutes, and what it counted just after its
    start is out of date until then.
    """
    command = directory / kube_apiserver.name
    often = f"--etcd-count-metric-poll-period={COUNT_SECONDS}s"
    command.write_text(f'#!/bin/sh\nexec "{kube_apiserver}" {often} "$@"\n')
    command.chmod(0o700)
    return command


def _installed(control_plane: ControlPlane, directory: Path, story: Story) -> Device:
    laid = lay_microshift(control_plane)
    story.event("MicroShift", f"node {NODE_NAME}, ConfigMap microshift-version, Routes")
    story.event("a workload", _described(laid))
    device = Device(control_plane, directory)
    story.event("manifests", "crds, deploy/base; where its pod would run, we start the process")
    control_plane.kubectl("apply", "-k", str(ADMISSION_POLICY))
    story.event("admission", "deploy/components/admission-policy")
    return device


def _described(laid: Surroundings) -> str:
    return (
        f"{laid.running_pods} pods run with {laid.running_containers} containers; "
        f"{laid.services} services, {laid.ingresses} ingress, {laid.routes} routes"
    )
