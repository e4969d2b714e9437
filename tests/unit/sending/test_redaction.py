"""A receiver that repeats our credentials, in every form that it may find."""

import base64
import json
import re
from collections.abc import Callable
from html import escape
from urllib.parse import quote

import pytest

from microshift_telemetry.foreign_text import WITHHELD
from microshift_telemetry.sending.credentials import Credential, telemeter_authorization
from microshift_telemetry.sending.redaction import Redactor
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
    data = (" " * before + repeated + " sorry").encode()[:1024]

    said = redactor.without_secrets(data)

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

    assert redactor.without_secrets(page.encode()) == "key (our credentials) is unknown"


@pytest.mark.parametrize(
    "secret", ["Tr0ub<ad>Or-7", "Correct  Horse", "alpha<b &amp; c>delta", "<br> x1y2  z3"]
)
@pytest.mark.parametrize(
    "written",
    [
        pytest.param(str, id="as-it-is"),
        pytest.param(escape, id="escaped"),
        pytest.param(lambda text: "".join(f"&#{ord(char)};" for char in text), id="by-number"),
        pytest.param(lambda text: text.replace(" ", "&nbsp;"), id="spaces-that-do-not-break"),
        pytest.param(lambda text: " ".join(text.split()), id="single-spaces"),
        pytest.param(lambda text: escape(json.dumps(text)), id="json"),
    ],
)
@pytest.mark.parametrize("page", ["<html><title>key {}!</title>", "<html><p>key <b>{}</b>!"])
def test_no_text_of_a_page_shows_a_secret(
    secret: str, written: Callable[[str], str], page: str
) -> None:
    said = Redactor([secret]).quote(page.format(written(secret)).encode(), is_page=True)

    assert said == WITHHELD or re.sub('[ "]', "", said) == "key(ourcredentials)!"


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(r"Tr0ub\u003cad\u003e/\u0026Or", id="go"),
        pytest.param(r"Tr0ub<ad>\/&Or", id="php"),
        pytest.param("Tr0ub%3cad%3e/%26Or", id="lower-case-percents"),
    ],
)
def test_no_spelling_of_json_or_of_a_url_shows_a_secret(written: str) -> None:
    assert Redactor(["Tr0ub<ad>/&Or"]).quote(f"key {written}".encode(), is_page=False) == (
        "key (our credentials)"
    )


def test_what_a_page_says_beside_a_secret_is_shown() -> None:
    page = b"<html><title>403: key Tr0ub<ad>Or is unknown</title>"

    assert Redactor(["Tr0ub<ad>Or"]).quote(page, is_page=True) == (
        "403: key (our credentials) is unknown"
    )


def test_python_escapes_as_we_expect_it() -> None:
    assert Redactor([PASSWORD]).without_secrets(escape(PASSWORD).encode()) == "(our credentials)"


def test_other_words_stay_as_they_are() -> None:
    assert Redactor([BASIC]).without_secrets(b"out of order") == "out of order"
    assert Redactor([BASIC]).without_secrets(BASIC.encode() + b"; x") == "(our credentials); x"


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

    assert Redactor.of([credential, Credential("")]).without_secrets(said.encode()) == shown
