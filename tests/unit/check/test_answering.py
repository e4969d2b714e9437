"""A check as it is read, by a person or a program."""

import json
import subprocess
import sys

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from microshift_telemetry.check.answering import COLUMNS, as_json, as_text
from microshift_telemetry.check.checks import Checks
from microshift_telemetry.check.line import Check, Hop, Line, Verdict, completed
from microshift_telemetry.check_page import CHECK_PATH, CheckPage
from microshift_telemetry.controller.asides import BusyError, CutError
from microshift_telemetry.controller.preview import UnknownNameError
from microshift_telemetry.kube.access import AccessError

LONG = 'certificate issued by "Plant CA", which is not in ConfigMap receiver-ca, key ca.crt'
FAILED = Check(
    "cluster",
    completed(
        [
            Line(Hop.SPEC, Verdict.OK, "Enabled"),
            Line(Hop.SOURCES, Verdict.OK, "4", part="cpu", millis=12),
            Line(Hop.TLS, Verdict.FAILED, LONG, "put it into spec.tlsConfig.ca"),
        ]
    ),
)
WELL = Check("cluster", tuple(Line(hop, Verdict.OK, "well") for hop in Hop))
TEXT = """\
failed: TLS: certificate issued by "Plant CA", which is not in ConfigMap
  receiver-ca, key ca.crt
  -> put it into spec.tlsConfig.ca

ok           spec              Enabled
ok           sources           cpu: 4 (12 ms)
failed       TLS               certificate issued by "Plant CA", which is not in
                               ConfigMap receiver-ca, key ca.crt
                               -> put it into spec.tlsConfig.ca
not reached  token server
not reached  receiver
not reached  receiver's clock
not reached  push gateway
not reached  reports
"""


def test_the_finding_stands_first() -> None:
    assert as_text(FAILED) == TEXT
    assert max(map(len, TEXT.splitlines())) <= COLUMNS


def test_where_all_is_well_it_says_so() -> None:
    assert as_text(WELL).splitlines()[0] == "ok: every hop from cluster to its receiver works"


def test_where_nothing_is_sent_it_says_why() -> None:
    said = Line(Hop.SPEC, Verdict.OK, "spec.status is Disabled", "set it")

    text = as_text(Check("cluster", completed([said])))

    assert text.startswith("ok: spec: spec.status is Disabled\n  -> set it\n")


def test_a_program_gets_the_same() -> None:
    shown = json.loads(as_json(FAILED))

    assert (shown["name"], shown["verdict"]) == ("cluster", "failed")
    assert shown["finding"] == {
        "hop": "TLS",
        "part": "",
        "verdict": "failed",
        "seen": LONG,
        "remedy": "put it into spec.tlsConfig.ca",
        "milliseconds": None,
    }
    assert [each["verdict"] for each in shown["hops"]] == [
        *("ok", "ok", "failed", *["not reached"] * 5)
    ]


class Scripted(Checks):
    def __init__(self) -> None:
        """Stand on nothing."""

    async def check(self, name: str) -> Check:
        match name:
            case "cluster":
                return WELL
            case "busy":
                raise BusyError("another check is under way")
            case "edited":
                raise CutError("edited: edited or deleted during the check")
            case "odd":
                raise AccessError("no CA")
            case _:
                raise UnknownNameError("no TelemetryConfig of this name; existing ones: cluster")


@pytest.mark.parametrize(
    ("name", "accept", "status", "kind", "said"),
    [
        ("cluster", "*/*", 200, "text/plain", "ok: every hop"),
        ("cluster", "application/json", 200, "application/json", '"hops": ['),
        ("other", "*/*", 404, "text/plain", "existing ones: cluster"),
        ("edited", "application/json", 409, "text/plain", "edited or deleted"),
        ("busy", "*/*", 429, "text/plain", "another check is under way"),
        ("odd", "*/*", 503, "text/plain", "no CA"),
    ],
)
async def test_it_answers_in_the_form_that_is_asked_for(
    name: str, accept: str, status: int, kind: str, said: str
) -> None:
    page = CheckPage(None, lambda _: None)  # type: ignore[arg-type, return-value]  # not asked
    page._checks = Scripted()
    app = web.Application()
    app.router.add_routes([page.route])
    async with (
        TestClient(TestServer(app)) as client,
        client.get(f"{CHECK_PATH}?name={name}", headers={"Accept": accept}) as response,
    ):
        text = await response.text()

    assert (response.status, response.content_type) == (status, kind)
    assert ("Retry-After" in response.headers) == (status == 429)
    assert said in text


def test_nothing_of_a_check_is_loaded_before_one_is_asked_for() -> None:
    """It takes twice the memory that all pages together may."""
    code = (
        "import microshift_telemetry.check_page, sys; "
        "print([name for name in sys.modules if name.startswith('microshift_telemetry.check.')])"
    )
    run = [sys.executable, "-c", code]
    loaded = subprocess.run(run, check=True, capture_output=True, text=True).stdout

    assert loaded.strip() == "[]"
