"""How the integration tests ask for a preview."""

import json
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

from tests.support.operator_process import OperatorProcess

SECONDS = 40
"""Longer than a dry run may take."""


def preview(operator: OperatorProcess, query: str = "", accept: str = "*/*") -> str:
    """Ask for one, as text unless JSON is accepted."""
    request = Request(operator.preview_url + query, headers={"Accept": accept})  # noqa: S310  # ours
    with build_opener(ProxyHandler({})).open(request, timeout=SECONDS) as response:
        return str(response.read().decode())


def shown_preview(operator: OperatorProcess, query: str = "") -> Any:
    """Ask for one as a program does."""
    return json.loads(preview(operator, query, "application/json"))
