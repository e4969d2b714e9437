"""Which pod this process runs in, as the token says that its kubelet has given it."""

import base64
import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OwnPod:
    """The pod that a token is bound to."""

    namespace: str
    name: str
    uid: str

    @property
    def path(self) -> str:
        """Where the API server has it."""
        return f"/api/v1/namespaces/{self.namespace}/pods/{self.name}"


def own_pod(token: str) -> OwnPod | None:
    """Read a ServiceAccount's token; None for one that is bound to no pod.

    The API server takes the pod's name from the same claim, so that an admission policy can hold
    who shows the token to its own pod. Nobody needs to verify here what is ours.

    Source: Kubernetes, "Managing Service Accounts", bound tokens.
    """
    try:
        claims = token.split(".")[1]
        content = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
        bound = content["kubernetes.io"]
        names = bound["namespace"], bound["pod"]["name"], bound["pod"]["uid"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    return OwnPod(*names) if all(isinstance(each, str) and each for each in names) else None
