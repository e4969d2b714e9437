"""What a check asks the API server for is what the shipped roles give."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from microshift_telemetry.check.line import Verdict
from microshift_telemetry.check.permissions import (
    REVIEWS,
    Permission,
    permission_lines,
    references_in,
    wanted,
)
from microshift_telemetry.kube.bodies import Object
from microshift_telemetry.kube.errors import KubeUnreachableError
from microshift_telemetry.spec.references import KeyReference
from tests.support.device import NAMESPACE
from tests.support.fake_kube import FakeKube
from tests.support.rbac_rules import BASE
from tests.unit.factories import an_effective

SPEC = {
    "endpoint": "https://receiver.example/",
    "authorization": {
        "type": "Basic",
        "basic": {
            "username": {"name": "receiver", "key": "user"},
            "password": {"name": "receiver", "key": "password"},
        },
    },
    "headers": [{"name": "X-Key", "valueFrom": {"secretKeyRef": {"name": "key", "key": "k"}}}],
    "tlsConfig": {"ca": {"configMap": {"name": "ca", "key": "bundle"}}},
}


def granted() -> Iterator[tuple[str, str, str, str, str]]:
    """Give (verb, group, resource, namespace, name) of each rule in `deploy/base`."""
    for file in ("cluster-role.yaml", "roles.yaml"):
        for role in yaml.safe_load_all((BASE / file).read_text()):
            namespace = role["metadata"].get("namespace", "")
            for rule in role.get("rules", ()):
                yield from _of(rule, namespace)


def _of(rule: dict[str, Any], namespace: str) -> Iterator[tuple[str, str, str, str, str]]:
    [group] = rule.get("apiGroups", [""])
    for resource in (*rule.get("resources", ()), *rule.get("nonResourceURLs", ())):
        for verb in rule["verbs"]:
            for name in rule.get("resourceNames", [""]):
                yield verb, group, resource, namespace, name


def test_it_asks_for_all_that_the_roles_give_and_nothing_else() -> None:
    asked = wanted(NAMESPACE, references_in(an_effective(**SPEC).destination))
    told = {
        (each.verb, each.group, each.resource, each.namespace, each.name)
        if each.namespace != NAMESPACE
        else (each.verb, each.group, each.resource, each.namespace, "")
        for each in asked
    }

    assert told == set(granted())


def test_of_secrets_it_asks_for_those_that_the_spec_names() -> None:
    found = set(references_in(an_effective(**SPEC).destination))

    assert found == {
        KeyReference("Secret", "receiver", "user"),
        KeyReference("Secret", "receiver", "password"),
        KeyReference("Secret", "key", "k"),
        KeyReference("ConfigMap", "ca", "bundle"),
    }
    asked = [str(each) for each in wanted("home", found) if each.namespace == "home"]
    assert asked == [
        *("delete pods in home", "get configmaps/ca in home"),
        *("get secrets/key in home", "get secrets/receiver in home"),
    ]


class Kube(FakeKube):
    def __init__(self, *denied: str) -> None:
        super().__init__()
        self.denied = denied

    async def create(self, path: str, body: Object) -> Object:
        self._answer(path)
        said = str(body["spec"])
        return {"status": {"allowed": not any(each in said for each in self.denied)}}


SERVICES = Permission("list", "services")
VITAL = Permission("get", "namespaces", name="kube-system", is_vital=True)


@pytest.mark.parametrize(
    ("denied", "expected"),
    [
        ((), [(Verdict.OK, "all 2 are granted")]),
        (("services",), [(Verdict.WARNING, "may not list services")]),
        (("kube-system",), [(Verdict.FAILED, "may not get namespaces/kube-system")]),
    ],
    ids=["granted", "one source less", "nothing to send"],
)
async def test_what_is_denied_is_named(
    denied: tuple[str, ...], expected: list[tuple[Verdict, str]]
) -> None:
    lines = await permission_lines(Kube(*denied), [SERVICES, VITAL])

    assert [(line.verdict, line.seen) for line in lines] == expected


async def test_an_api_server_that_is_away_is_no_denial() -> None:
    kube = Kube()
    kube.errors[REVIEWS] = KubeUnreachableError(f"{REVIEWS}: no answer from the API server")

    [line] = await permission_lines(kube, [SERVICES])

    assert line.verdict is Verdict.WARNING
    assert "no answer from the API server" in line.seen
