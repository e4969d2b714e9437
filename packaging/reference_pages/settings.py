"""The page of the process' variables, from the code that reads them."""

import ast
import inspect
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from microshift_telemetry import settings
from microshift_telemetry.errors import TelemetryError
from microshift_telemetry.kube.access import access_from_kubeconfig
from microshift_telemetry.sending.proxies import environment_proxies
from microshift_telemetry.settings import Variable, settings_from

UNUSABLE = ("wrong", "ftp://wrong")
"""Each is refused by a variable that does not take every text."""


def settings_page() -> Iterator[str]:
    """List every variable with its default, its meaning, and the error of a wrong value."""
    yield "# Settings of the process"
    yield "The `TelemetryConfig` defines what is sent, where, and how often. These environment"
    yield "variables define how the process finds the device and the API server. An empty variable"
    yield "counts as not set. With an unusable value, the process logs `cannot run` with the error,"
    yield "and [exits with 1](../settings.md#exit). Each error is shown for one such value."
    yield ""
    yield "## Variables"
    for variable, text in variables():
        yield ""
        yield f"### {variable.name}"
        yield ""
        yield f"*default `{variable.default}`*" if variable.default else "*not set by default*"
        yield ""
        yield text
        if error := error_of(variable):
            yield ""
            yield f"Error: `{error}`"


def variables() -> Iterator[tuple[Variable, str]]:
    """List the variables in their order, each with the text below it.

    Raises:
        KeyError: one has no text.
    """
    texts = {}
    for line, below in pairwise(ast.parse(inspect.getsource(settings)).body):
        match line, below:
            case ast.Assign(targets=[ast.Name(name)]), ast.Expr(ast.Constant(str(text))):
                texts[name] = text
            case _:
                pass
    for name, value in vars(settings).items():
        if isinstance(value, Variable):
            yield value, texts[name]


def error_of(variable: Variable) -> str:
    """Give the error of a wrong value, or nothing if the start takes each."""
    for value in UNUSABLE:
        try:
            read = settings_from({variable.name: value})
            environment_proxies(read.https_proxy, read.http_proxy, read.no_proxy)
            if read.kubeconfig is not None:
                access_from_kubeconfig(Path(value))
        except TelemetryError as error:
            return str(error)
    return ""
