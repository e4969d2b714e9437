"""`make demo KEEP=1`: everything stays up, and what the visitor does is told as it happens."""

import time

from tests.demo.narrator import POLL_SECONDS, Narrator
from tests.demo.stage import Stage
from tests.demo.story import Story
from tests.support.device import NAMESPACE, REQUESTED_AT, SERVICE_ACCOUNT

TOKEN_SECONDS = 3000
"""A token lives for an hour; a kubelet would rotate it as well."""


def keep(stage: Stage, narrator: Narrator, story: Story) -> None:
    """Say how to look around, then tell what happens until Ctrl-C.

    Raises:
        DemoError: the operator has ended.
    """
    story.chapter("Look around, in another terminal; Ctrl-C here ends it all")
    story.lines(_directions(stage))
    story.chapter("What happens now")
    rotated = time.monotonic()
    try:
        while True:
            narrator.tell()
            if time.monotonic() - rotated > TOKEN_SECONDS:
                stage.control_plane.service_account_kubeconfig(NAMESPACE, SERVICE_ACCOUNT)
                rotated = time.monotonic()
            time.sleep(POLL_SECONDS)
    except KeyboardInterrupt:
        story.lines(["", "Stopping."])


def _directions(stage: Stage) -> list[str]:
    query = f"{stage.prometheus.url}/api/v1/query"
    return [
        f"  export KUBECONFIG={stage.control_plane.kubeconfig}",
        f'  PATH="$PATH:{stage.kubectl.parent}"',
        "",
        "  # how it is, why, and what can be set",
        "  kubectl get tcfg",
        "  kubectl describe tcfg cluster",
        "  kubectl explain tcfg.spec",
        "  # edit it; ask for a report now; opt out, and in again",
        "  kubectl edit tcfg cluster",
        f'  kubectl annotate --overwrite tcfg cluster {REQUESTED_AT}="$(date)"',
        """  kubectl patch tcfg cluster --type=merge --patch '{"spec": {"status": "Disabled"}}'""",
        """  kubectl patch tcfg cluster --type=merge --patch '{"spec": {"status": "Enabled"}}'""",
        "  # what the receiver has, and what the operator says",
        f"  curl -s {query} --data-urlencode 'query={{_id!=\"\"}}'",
        f"  curl -s {query}?query=cluster:cpu_usage_cores:sum",
        f"  tail -f {stage.operator_log}",
    ]
