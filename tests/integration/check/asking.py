"""What the tests of the check share: how to ask for one, and a device on which all is well."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

from tests.support.operator_process import OperatorProcess
from tests.support.waiting import wait_for

SECONDS = 40
"""Longer than a check may take."""
COLUMNS = 80


@dataclass(frozen=True, slots=True)
class Asked:
    """One check, in both forms."""

    text: str
    shown: Mapping[str, Any]

    @property
    def first_line(self) -> str:
        return self.text.splitlines()[0]

    @property
    def finding(self) -> Mapping[str, str]:
        found: Mapping[str, str] = self.shown["finding"]
        return found

    def lines(self, *hops: str) -> list[Mapping[str, str]]:
        """Give the lines of some hops, or of all."""
        return [each for each in self.shown["hops"] if not hops or each["hop"] in hops]

    def verdicts(self, *hops: str) -> set[str]:
        """Give the verdicts of some hops, or of all."""
        return {each["verdict"] for each in self.lines(*hops)}


def ask(operator: OperatorProcess, name: str = "cluster") -> Asked:
    """Ask twice: as a person at a terminal does, and as a program."""
    shown = json.loads(ask_for(operator, name, "application/json"))
    return Asked(ask_for(operator, name, "*/*"), shown)


def ask_once_counted(operator: OperatorProcess) -> Asked:
    """Ask when the API server, which may be new, has counted its objects for the first time."""

    def asked() -> Asked | None:
        found = ask(operator)
        return found if found.verdicts("sources") == {"ok"} else None

    return wait_for("sources that are all read", asked, 60)


def ask_for(operator: OperatorProcess, name: str, accept: str) -> str:
    url = operator.preview_url.replace("/preview", f"/check?name={name}")
    request = Request(url, headers={"Accept": accept})  # noqa: S310  # ours
    with build_opener(ProxyHandler({})).open(request, timeout=SECONDS) as response:
        return str(response.read().decode())
