"""`make demo KEEP=1`: everything stays up, and what the visitor does is told as it happens."""

import time

from tests.demo.breakages import (
    NO_RECEIVER,
    NO_SECRET,
    NOBODY_LISTENS,
    WELL,
    WRONG_PASSWORD,
)
from tests.demo.narrator import POLL_SECONDS, Narrator, OperatorEndedError
from tests.demo.stage import Stage
from tests.demo.story import Story
from tests.support.control_plane import KubectlError
from tests.support.device import NAMESPACE, REQUESTED_AT, SERVICE_ACCOUNT

TOKEN_SECONDS = 3000
"""A token lives for an hour; a kubelet would rotate it as well."""
RESTART_SECONDS = (5, 10, 20, 40, 60)
"""A kubelet waits too, longer each time until it has run for a while."""
STEADY_SECONDS = 30


def keep(stage: Stage, narrator: Narrator, story: Story) -> None:
    """Say how to look around, then tell what happens, until Ctrl-C interrupts it."""
    story.chapter("Look around, in another terminal; Ctrl-C here ends it all")
    story.lines(_directions(stage))
    story.chapter("What happens now")
    rotated, restarts = time.monotonic(), 0
    while True:
        try:
            narrator.tell()
            if time.monotonic() - rotated > TOKEN_SECONDS:
                stage.control_plane.service_account_kubeconfig(NAMESPACE, SERVICE_ACCOUNT)
                rotated = time.monotonic()
        except OperatorEndedError as error:
            ran = time.monotonic() - rotated if restarts else STEADY_SECONDS
            restarts = 0 if ran >= STEADY_SECONDS else restarts
            wait = RESTART_SECONDS[min(restarts, len(RESTART_SECONDS) - 1)]
            story.event("operator", f"{error}; started again in {wait} s, as by a kubelet")
            time.sleep(wait)
            _restart_operator(stage, story)
            rotated, restarts = time.monotonic(), restarts + 1
        except KubectlError as error:
            story.event("operator", f"no new token: {error}")
            rotated = time.monotonic()
        time.sleep(POLL_SECONDS)


def _restart_operator(stage: Stage, story: Story) -> None:
    try:
        stage.restart_operator()
    except KubectlError as error:
        story.event("operator", f"can't be started: {error}")
    else:
        story.event("operator", f"process {stage.operator.pid}; its preview is now at")
        story.lines([f"  {stage.operator.preview_url}?name=cluster"])


def _directions(stage: Stage) -> list[str]:
    api = f"{stage.prometheus.url}/api/v1"
    patch = "  kubectl patch tcfg cluster --type=merge -p"
    return [
        f"  . {stage.environment}    # sets PATH, KUBECONFIG, DEMO",
        "",
        "  # how it is, why, and what can be set",
        "  kubectl get tcfg",
        "  kubectl describe tcfg cluster",
        "  kubectl explain tcfg.spec",
        "  # the preview: the next report, word for word, before it leaves",
        f"  curl -s '{stage.operator.preview_url}?name=cluster'",
        "  # what the receiver has, and what the operator says",
        f"  curl -s {api}/query?query=cluster:cpu_usage_cores:sum",
        "  tail -f $DEMO/device/operator.log",
        "  # edit it; ask for a report now; opt out, and in again",
        "  kubectl edit tcfg cluster",
        "  kubectl annotate --overwrite tcfg cluster \\",
        f'    {REQUESTED_AT}="$(date)"',
        f"""{patch} '{{"spec":{{"status":"Disabled"}}}}'""",
        f"""{patch} '{{"spec":{{"status":"Enabled"}}}}'""",
        "",
        "Break it on purpose; the next report, a minute later at most, shows it:",
        "",
        *_breakages(stage.prometheus.pid),
    ]


def _breakages(receiver: int) -> list[str]:
    apply = "  kubectl apply --server-side --force-conflicts -f $DEMO"
    return [
        "  # the receiver hangs: PENDING grows, and goes out once it is back",
        f"  kill -STOP {receiver}; sleep 100; kill -CONT {receiver}",
        "  # nobody listens: EndpointUnreachable",
        f"{apply}/{NOBODY_LISTENS}.yaml",
        "  # whoever answers is no receiver: InvalidEndpoint",
        f"{apply}/{NO_RECEIVER}.yaml",
        "  # a Secret that is not there: CredentialsMissing",
        f"{apply}/{NO_SECRET}.yaml",
        "  # a wrong password: Unauthorized",
        f"{apply}/{WRONG_PASSWORD}.yaml",
        "  # all is well again",
        f"{apply}/{WELL}.yaml",
    ]
