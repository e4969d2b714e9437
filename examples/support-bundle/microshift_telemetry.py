"""A plugin of sos: `sos report --only-plugins microshift_telemetry`, or as part of any report.

It belongs into sos' own directory of plugins, such as
/usr/lib/python3.9/site-packages/sos/report/plugins/, and needs kubectl-telemetry on the PATH.
"""

from sos.report.plugins import Plugin, RedHatPlugin

KUBECONFIG = "/var/lib/microshift/resources/kubeadmin/kubeconfig"


class MicroShiftTelemetry(Plugin, RedHatPlugin):
    """Collects what `kubectl telemetry bundle` gathers; no credential is in it."""

    short_desc = "MicroShift telemetry operator"
    plugin_name = "microshift_telemetry"
    profiles = ("openshift", "system")
    packages = ("microshift-telemetry",)
    commands = ("kubectl-telemetry",)

    def setup(self):
        """Ask the cluster as its admin, by the file that MicroShift keeps for root."""
        self.add_cmd_output(
            f"kubectl-telemetry bundle --kubeconfig={KUBECONFIG} --file=-",
            suggest_filename="microshift-telemetry.tar.gz",
            binary=True,
            stderr=False,
        )
