"""Joins a command with what it needs."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import dataclass
from functools import cached_property

from microshift_telemetry_cli.cluster import Cluster
from microshift_telemetry_cli.destination import DEFAULT_NAME
from microshift_telemetry_cli.kubectl import Kubectl, find_program
from microshift_telemetry_cli.terminal import Terminal


@dataclass
class Call:
    """One call of the plugin."""

    options: Namespace
    terminal: Terminal

    @cached_property
    def cluster(self) -> Cluster:
        """The cluster that the caller means; a command that works offline asks for none."""
        flags = [f"--{name}={value}" for name, value in self.options.kubectl_flags]
        return Cluster(Kubectl(find_program(), flags, self.options.namespace))

    @property
    def name(self) -> str:
        """The destination that is meant where one is needed."""
        return self.options.name or DEFAULT_NAME
