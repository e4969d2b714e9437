"""A receiver that repeats our credentials, in every form that it may find."""

import base64
import json
from collections.abc import Callable
from html import escape
from urllib.parse import quote

import pytest

from microshift_telemetry.remote_write.credentials import Credential, telemeter_authorization
from microshift_telemetry.remote_write.redaction import Redactor
from tests.unit.factories import CLUSTER_ID

PASSWORD = "c4n4ry+of/one&password=="
TOKEN = base64.b64encode(f"release:{PASSWORD}".encode()).decode()
TELEMETER = telemeter_authorization(Credential(TOKEN), CLUSTER_ID).reveal()
BASIC = f"Basic {TOKEN}"
FORMS: dict[str, Callable[[str], str]] = {
    "as-it-is": lambda header: header,
    "decoded": lambda header: base64.b64decode(header.split(" ")[1]).decode(),
    "quoted": quote,
    "quoted-whole": lambda header: quote(header, safe=""),
    "escaped": lambda header: json.dumps({"headers": header}),
    "encoded": lambda header: base64.b64encode(header.encode()).decode(),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("header", [TELEMETER, BASIC, f"Bearer {PASSWORD}"], ids=str.split)
@pytest.mark.parametrize("before", [0, 1, 900, 1023, 1024, 1025, 1040])
def test_no_form_of_a_secret_is_left(form: Callable[[str], str], header: str, before: int) -> None:
    try:
        repeated = form(header)
    except ValueError:
        repeated = header
    redactor = Redactor([header])
    data = (" " * before + repeated + " sorry").encode()[: 1024 + redactor.longest]

    said = redactor.beginning(data, 1024)

    secret = base64.b64decode(TOKEN).decode().partition(":")[2]
    for piece in (secret[:12], TOKEN[:12], header.split(" ")[1][:12], quote(secret, safe="")[:12]):
        assert piece not in said


@pytest.mark.parametrize(
    "page",
    [
        pytest.param("key &amp;&lt;c4n4ry&gt;\"'+=/ is unknown", id="markup-alone"),
        pytest.param("key &amp;&lt;c4n4ry&gt;&quot;'+=/ is unknown", id="apache"),
        pytest.param("key &amp;&lt;c4n4ry&gt;&quot;&#x27;+=/ is unknown", id="python"),
        pytest.param("key &amp;&lt;c4n4ry&gt;&quot;&#39;+=/ is unknown", id="node"),
        pytest.param("key &amp;&lt;c4n4ry&gt;&quot;&#039;+=/ is unknown", id="php"),
        pytest.param("key &amp;&lt;c4n4ry&gt;&quot;&apos;+=/ is unknown", id="jetty"),
        pytest.param("key &amp;&lt;c4n4ry&gt;&#34;&#39;+=/ is unknown", id="go"),
        pytest.param("key &amp;&lt;c4n4ry&gt;&#34;&#39;&#43;=/ is unknown", id="go-template"),
        pytest.param("key &amp;&lt;c4n4ry&gt;&quot;&#x27;+&#x3D;/ is unknown", id="handlebars"),
        pytest.param("key &amp;&lt;c4n4ry&gt;&quot;&#39;+&#x3D;&#x2F; is unknown", id="mustache"),
    ],
)
def test_no_error_page_in_html_shows_a_secret(page: str) -> None:
    redactor = Redactor(["&<c4n4ry>\"'+=/"])

    assert redactor.beginning(page.encode(), 1024) == "key (our credentials) is unknown"


def test_python_escapes_as_we_expect_it() -> None:
    assert Redactor([PASSWORD]).beginning(escape(PASSWORD).encode(), 1024) == "(our credentials)"


def test_other_words_stay_as_they_are() -> None:
    assert Redactor([BASIC]).beginning(b"out of order", 1024) == "out of order"
    assert Redactor([]).beginning(b"out of order", 6) == "out of"
    assert Redactor([BASIC]).beginning(BASIC.encode() + b"; x", 1024) == "(our credentials); x"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("you sent Bearer hunter2-hunter2!", "you sent (our credentials)!"),
        ("password sesame-open", "password (our credentials)"),
        ("cut off at hunter2-hun", "cut off at (our credentials)"),
        ("hunt", "(our credentials)"),
        ("hun", "hun"),
        ("nothing of ours", "nothing of ours"),
    ],
)
def test_our_secrets_are_taken_out_of_what_others_say(said: str, shown: str) -> None:
    credential = Credential("Bearer hunter2-hunter2", "sesame-open")

    assert Redactor.of([credential, Credential("")]).beginning(said.encode(), 1024) == shown
