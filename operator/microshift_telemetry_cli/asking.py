"""Asks for a page of the operator, and tells its refusals apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import NoReturn

from microshift_telemetry_cli.commands import Call
from microshift_telemetry_cli.errors import (
    NOT_WELL,
    KubectlError,
    NothingError,
    OutdatedError,
    PluginError,
    UnknownNameError,
)
from microshift_telemetry_cli.pages import NO_SUCH_PAGE, Page, open_page
from microshift_telemetry_cli.pods import look_closer

NO_SUCH_OBJECT = "no TelemetryConfig"
"""Begins the operator's answer to a name that no object has; others have nothing to show."""


def told(call: Call, what: str, show: Callable[[Call], int]) -> int:
    """Show what a page has; where there is nothing to show, say why, and end with 1."""
    try:
        return show(call)
    except NothingError as error:
        call.terminal.note(str(error))
    except KubectlError:
        operator = call.cluster.operator()
        if operator.is_running is not False:
            raise
        call.terminal.note(f"no {what}: the operator is not running: {operator.detail}")
        call.terminal.note(f"  -> {look_closer(call.options.namespace)}")
    return NOT_WELL


@contextmanager
def asked(call: Call, path: str, query: Mapping[str, str], *, is_json: bool) -> Iterator[Page]:
    """Ask for a page that the operator has.

    Raises:
        KubectlError: no port can be forwarded to it.
        NothingError: it has nothing to show, and says why.
        OutdatedError: it knows no such page.
        UnknownNameError: there is no object of this name.
        PluginError: it has no answer.
    """
    with open_page(call.cluster.kubectl, path, query, is_json=is_json) as page:
        if page.status != 200:
            _refused(page, path)
        yield page


def _refused(page: Page, path: str) -> NoReturn:
    said = page.text().strip()
    if page.status == 404 and said == NO_SUCH_PAGE:
        raise OutdatedError(
            f"this operator's version has no {path.lstrip('/')}: it is older than the plugin"
        )
    if page.status not in {404, 409, 429, 503}:
        raise PluginError(f"the operator answers {page.status} to {path}")
    if said.startswith(NO_SUCH_OBJECT):
        raise UnknownNameError(said)
    raise NothingError(said or f"the operator answers {page.status} to {path}")
