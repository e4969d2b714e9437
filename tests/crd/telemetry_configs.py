"""TelemetryConfigs on a real API server, written as an admin, the operator or MicroShift does."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from kubernetes.client import ApiClient, ApiException, CustomObjectsApi

from microshift_telemetry.spec.telemetry_config import GROUP, KIND, PLURAL, VERSION
from tests.support.control_plane import ControlPlane
from tests.support.go_toolchain import REPOSITORY
from tests.support.waiting import wait_for

Object = dict[str, Any]


WHERE: Mapping[str, Any] = {"group": GROUP, "version": VERSION, "plural": PLURAL}
AS_MICROSHIFT: Mapping[str, Any] = {
    "field_manager": "kubectl-client-side-apply",
    "force": True,
    "_content_type": "application/apply-patch+yaml",
}
AS_ADMIN: Mapping[str, Any] = {
    "field_manager": "kubectl-edit",
    "_content_type": "application/merge-patch+json",
}
PUBLISHED_SECONDS = 30
API_SERVERS_REMARK = "some validation rules were not checked because the object was invalid"
"""The API server adds it where it stops early; it comes with another complaint, never alone."""
KEY_OR_INDEX = re.compile(r"\[[^]]*\]|(?<=\.externalLabels)\.\w+|(?<=\.endpointParams)\.\w+")
"""A map's key stands in brackets where a rule complains, after a dot where a limit does."""


@dataclass(frozen=True)
class Complaint:
    """One thing that the API server says about one field."""

    field: str
    """Its path; `[]` stands for any key or index."""
    message: str


class RefusedError(Exception):
    """The API server refused an object."""

    def __init__(self, error: ApiException) -> None:
        said = json.loads(error.body or "{}")
        super().__init__(said["message"])
        self.complaints = [
            Complaint(KEY_OR_INDEX.sub("[]", cause.get("field", "")), cause["message"])
            for cause in said.get("details", {}).get("causes", ())
            if API_SERVERS_REMARK not in cause["message"]
        ]


class TelemetryConfigs:
    """The TelemetryConfigs of one API server; unknown fields are refused, as kubectl asks for."""

    def __init__(self, api: ApiClient) -> None:
        self._objects = CustomObjectsApi(api)

    def create(self, name: str, spec: Object | None, *, dry_run: bool = False) -> Object:
        """Create an object, without a spec when that is None."""
        with _refusals():
            return self._object(
                self._objects.create_cluster_custom_object(
                    body=_body(name, spec),
                    field_validation="Strict",
                    dry_run="All" if dry_run else None,
                    **WHERE,
                )
            )

    def apply_at_start(self, name: str, spec: Object | None) -> Object:
        """Apply a manifest by force, as MicroShift does at every start."""
        return self._patch(name, _body(name, spec), AS_MICROSHIFT)

    def edit(self, name: str, spec: Object) -> Object:
        """Change fields of the spec as `kubectl edit` does; None takes a field away."""
        return self._patch(name, {"spec": spec}, AS_ADMIN)

    def write_status(
        self, name: str, status: Object, *, writer: str = "microshift-telemetry"
    ) -> Object:
        """Apply the status, as the operator does."""
        with _refusals():
            return self._object(
                self._objects.patch_cluster_custom_object_status(
                    name=name,
                    body={**_body(name, None), "status": status},
                    field_manager=writer,
                    force=True,
                    field_validation="Strict",
                    _content_type="application/apply-patch+yaml",
                    **WHERE,
                )
            )

    def delete(self, name: str) -> None:
        """Delete an object."""
        self._objects.delete_cluster_custom_object(name=name, **WHERE)

    def _patch(self, name: str, body: Object, manner: Mapping[str, Any]) -> Object:
        with _refusals():
            self._objects.patch_cluster_custom_object(
                name=name, body=body, field_validation="Strict", **WHERE, **manner
            )
            return self._object(self._objects.get_cluster_custom_object(name=name, **WHERE))

    @staticmethod
    def _object(answer: object) -> Object:
        assert isinstance(answer, dict)
        return answer


def installed_on(control_plane: ControlPlane) -> TelemetryConfigs:
    """Install the operator's CRD and permissions; wait until the API server explains the kind."""
    control_plane.kubectl(
        *("apply", "--server-side", "--force-conflicts", f"--kustomize={REPOSITORY}/deploy/base")
    )
    wait_for(
        "the published schema",
        lambda: "FIELDS:" in control_plane.kubectl("explain", "tcfg.spec", check=False),
        PUBLISHED_SECONDS,
    )
    return TelemetryConfigs(control_plane.api)


def _body(name: str, spec: Object | None) -> Object:
    return {
        "apiVersion": f"{GROUP}/{VERSION}",
        "kind": KIND,
        "metadata": {"name": name},
        **({} if spec is None else {"spec": spec}),
    }


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except ApiException as error:
        raise RefusedError(error) from error
