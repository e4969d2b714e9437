"""What runs: the servers, MicroShift's surroundings, and the operator under its own identity."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

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


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that is up."""

    kubectl: Path
    control_plane: ControlPlane
    prometheus: Prometheus
    operator: OperatorProcess
    operator_log: Path
    cluster: Cluster
    truth: GroundTruth


@contextmanager
def set_stage(directory: Path, story: Story) -> Iterator[Stage]:
    """Start and install everything below `directory`, telling it; stop it all at the end."""
    with ExitStack() as stack:
        story.chapter("What runs")
        tools = build_tools()
        story.event("programs", f"kept in {tools.kubectl.parent.parent}; starting them")
        control_plane = stack.enter_context(_control_plane(directory, tools, story))
        prometheus = stack.enter_context(Prometheus(directory / "prometheus", tools))
        story.event("Prometheus", f"{prometheus.url}, takes remote writes, scrapes nothing")
        machine = Machine()
        stack.enter_context(machine.recorded())

        story.chapter("What is installed")
        device = _installed(control_plane, directory / "device", story)
        device.apply(
            endpoint=prometheus.remote_write_url,
            samplingInterval=INTERVAL,
            sendingInterval=INTERVAL,
        )
        story.event("TelemetryConfig", f"cluster: a sample and a report each {INTERVAL}")

        story.chapter("What happens")
        operator = stack.enter_context(device.operator())
        story.event(
            "operator", f"process {operator.pid}, as ServiceAccount {SERVICE_ACCOUNT} by its token"
        )
        cluster = Cluster(control_plane)
        yield Stage(
            kubectl=tools.kubectl,
            control_plane=control_plane,
            prometheus=prometheus,
            operator=operator,
            operator_log=device.directory / "operator.log",
            cluster=cluster,
            truth=GroundTruth(cluster, machine, device.host_root),
        )


@contextmanager
def _control_plane(directory: Path, tools: Tools, story: Story) -> Iterator[ControlPlane]:
    counting = replace(tools, kube_apiserver=_that_counts_often(tools.kube_apiserver, directory))
    with ControlPlane(directory / "control-plane", counting) as control_plane:
        layout = control_plane.layout
        version = subprocess.run(
            [tools.kube_apiserver, "--version"], capture_output=True, text=True, check=True
        ).stdout.strip()
        often = f"counts objects every {COUNT_SECONDS} s"
        story.event("etcd", layout.etcd_url)
        story.event("API server", f"{layout.server}, {version}; {often}")
        story.event("controllers", "of Kubernetes; no kubelet: nodes and pods are objects only")
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
    story.event(
        "manifests", "crds, deploy/base; its pod waits for a kubelet, so we start the process"
    )
    control_plane.kubectl("apply", "-k", str(ADMISSION_POLICY))
    story.event("admission policy", "deploy/components/admission-policy")
    return device


def _described(laid: Surroundings) -> str:
    return (
        f"{laid.running_pods} pods run with {laid.running_containers} containers; "
        f"{laid.services} services, {laid.ingresses} ingress, {laid.routes} routes"
    )
