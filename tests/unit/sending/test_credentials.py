import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microshift_telemetry.sending.credentials import (
    Credential,
    CredentialsMissingError,
    OptedOutError,
    basic_authorization,
    bearer_authorization,
    header_value,
    parse_pull_secret,
    parse_secret_key,
    telemeter_authorization,
)
from tests.unit.factories import CLUSTER_ID
from tests.unit.sources.surroundings import damaged_bytes, damaged_json

CANARY = "c2VjcmV0Q2FuYXJ5"
PULL_SECRET = {
    "auths": {
        "cloud.openshift.com": {"auth": CANARY, "email": "a@b.example"},
        "quay.io": {"auth": "b3RoZXI="},
    }
}


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """Walk everything that a traceback or a curious logger could show."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def assert_hides(error: BaseException, secret: str) -> None:
    for link in chain(error):
        assert secret not in str(link) + repr(link) + repr(vars(link)) + repr(link.args)
        assert secret not in repr(getattr(link, "doc", "")) + repr(getattr(link, "object", ""))


def pull_secret(document: object) -> bytes:
    return json.dumps(document).encode()


def reference_token(data: bytes) -> str | None:
    """Find the token as the facts describe it: `.auths."cloud.openshift.com".auth`."""
    try:
        token = json.loads(data)["auths"]["cloud.openshift.com"]["auth"]
    except (ValueError, KeyError, TypeError, IndexError):
        return None
    is_usable = isinstance(token, str) and token and token.isascii() and token.isprintable()
    return token if is_usable else None


def test_red_hats_token_is_used_verbatim() -> None:
    assert parse_pull_secret(pull_secret(PULL_SECRET)).reveal() == CANARY


@pytest.mark.parametrize("auths", [{}, {"quay.io": {"auth": CANARY}}])
def test_a_pull_secret_without_red_hats_entry_is_an_opt_out(auths: object) -> None:
    with pytest.raises(OptedOutError, match=r"opted out of Red Hat's telemetry$"):
        parse_pull_secret(pull_secret({"auths": auths}))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(b"", "not a JSON object", id="empty"),
        pytest.param(f'{{"auths": {CANARY}'.encode(), "not a JSON object", id="cut"),
        pytest.param(b"\xff\xfe" + CANARY.encode(), "not a JSON object", id="not-text"),
        pytest.param(b"[" * 100_000, "not a JSON object", id="too-deep"),
        pytest.param(pull_secret([CANARY]), "not a JSON object", id="a-list"),
        pytest.param(b"null", "not a JSON object", id="null"),
        pytest.param(pull_secret({"cloud.openshift.com": CANARY}), "no auths", id="no-auths"),
        pytest.param(pull_secret({"auths": [CANARY]}), "has no auths", id="a-list-of-auths"),
        pytest.param(
            pull_secret({"auths": {"cloud.openshift.com": CANARY}}), "has no auth", id="a-text"
        ),
        pytest.param(
            pull_secret({"auths": {"cloud.openshift.com": {}}}), "has no auth", id="no-auth"
        ),
        pytest.param(
            pull_secret({"auths": {"cloud.openshift.com": {"auth": ""}}}),
            "no auth",
            id="empty-auth",
        ),
        pytest.param(
            pull_secret({"auths": {"cloud.openshift.com": {"auth": [CANARY]}}}),
            "has no auth",
            id="auth-is-a-list",
        ),
        pytest.param(
            pull_secret({"auths": {"cloud.openshift.com": {"auth": f"{CANARY}\r\nX: y"}}}),
            "not allowed in an HTTP header",
            id="a-header-inside",
        ),
        pytest.param(
            pull_secret({"auths": {"cloud.openshift.com": {"auth": f"{CANARY}é"}}}),
            "not allowed in an HTTP header",
            id="not-ascii",
        ),
    ],
)
def test_an_unusable_pull_secret_is_named_and_not_quoted(data: bytes, said: str) -> None:
    with pytest.raises(CredentialsMissingError, match=said) as caught:
        parse_pull_secret(data)

    assert str(caught.value).startswith("/etc/crio/openshift-pull-secret: ")
    assert_hides(caught.value, CANARY)


@given(damaged_bytes(pull_secret(PULL_SECRET)) | damaged_json(PULL_SECRET).map(pull_secret))
def test_a_damaged_pull_secret_gives_its_token_or_the_documented_error(data: bytes) -> None:
    try:
        token: str | None = parse_pull_secret(data).reveal()
    except (CredentialsMissingError, OptedOutError) as error:
        token = None
        assert_hides(error, CANARY)
    assert token == reference_token(data)


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("abc", id="padding"),
        pytest.param("~~~>>>???", id="a-plus-or-a-slash"),
        pytest.param('with "quotes" and \\', id="quotes"),
        *(pytest.param("~" * count + "?" * 4, id=f"length-{count}") for count in range(5)),
    ],
)
def test_telemeters_header_is_standard_padded_base64_of_json(token: str) -> None:
    header = telemeter_authorization(Credential(token), CLUSTER_ID).reveal()

    kind, _, encoded = header.partition(" ")
    identity = base64.b64decode(encoded, validate=True)
    assert kind == "Bearer"
    assert len(encoded) % 4 == 0
    assert json.loads(identity) == {"authorization_token": token, "cluster_id": CLUSTER_ID}
    assert identity.startswith(b'{"authorization_token": "')


def test_telemeters_header_keeps_its_bytes() -> None:
    """The server caches by them."""
    expected = "Bearer eyJhdXRob3JpemF0aW9uX3Rva2VuIjogIn5+fj4+Pj8/PyIsICJjbHVzdGVyX2lkIjogIjEyMyJ9"

    assert telemeter_authorization(Credential("~~~>>>???"), "123").reveal() == expected


@pytest.mark.parametrize(
    ("data", "value"),
    [("dG9rZW4=", b"token"), ("//79", b"\xff\xfe\xfd"), ("+/+/", b"\xfb\xff\xbf")],
)
def test_a_value_of_a_secret_is_decoded(data: str, value: bytes) -> None:
    assert parse_secret_key(data, "Secret s, key k") == value


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (None, "no such key"),
        ("", "empty"),
        (f"{CANARY}!", "not base64"),
        (f"{CANARY}é", "not base64"),
        ("YWI==", "not base64"),
        (f"{CANARY}\n", "not base64"),
        (7, "not base64"),
        ([CANARY], "not base64"),
    ],
)
def test_an_unusable_value_of_a_secret_is_named_and_not_quoted(data: object, said: str) -> None:
    with pytest.raises(CredentialsMissingError) as caught:
        parse_secret_key(data, "Secret s, key k")

    assert str(caught.value) == f"Secret s, key k: {said}"
    assert_hides(caught.value, CANARY)


@pytest.mark.parametrize("value", [b"token", b"token\n", b"  token\r\n"])
def test_a_bearer_token_loses_the_white_space_of_an_editor(value: bytes) -> None:
    assert bearer_authorization(value, "Secret s, key k").reveal() == "Bearer token"


@pytest.mark.parametrize("value", [b"", b"\n", b" \t "])
def test_a_bearer_token_of_white_space_only_is_none(value: bytes) -> None:
    with pytest.raises(CredentialsMissingError, match=r"^Secret s, key k: empty$"):
        bearer_authorization(value, "Secret s, key k")


@pytest.mark.parametrize("middle", [b"\r\nX-Evil: 1", b"\n", b"\r", b"\0", b"\x7f", b"\xe9"])
def test_a_bearer_token_cannot_bring_a_header_along(middle: bytes) -> None:
    with pytest.raises(CredentialsMissingError, match="not allowed in an HTTP header") as caught:
        bearer_authorization(CANARY.encode() + middle + b"x", "Secret s, key k")

    assert_hides(caught.value, CANARY)


@given(st.binary())
def test_any_bytes_give_a_header_or_the_documented_error(value: bytes) -> None:
    try:
        header = bearer_authorization(value, "Secret s, key k").reveal()
    except CredentialsMissingError:
        return
    assert header.isascii()
    assert header.isprintable()
    assert len(header) > len("Bearer ")


def test_a_credential_shows_itself_only_when_asked() -> None:
    credential = Credential(CANARY)

    shown: list[Any] = [credential, [credential], {"a": credential}]

    assert CANARY not in f"{credential} {shown!r} %s" % credential
    assert credential.reveal() == CANARY


def test_a_user_and_a_password_are_a_header() -> None:
    """The example of RFC 7617, and its section 2.1 in UTF-8."""
    assert (
        basic_authorization(b"Aladdin\n", b"open sesame\r\n", "a", "b").reveal()
        == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
    )
    assert basic_authorization(b"test", "123£".encode(), "a", "b").reveal() == (
        "Basic dGVzdDoxMjPCow=="
    )


@pytest.mark.parametrize(
    ("username", "password", "said"),
    [
        (b"", CANARY.encode(), "^U: empty"),
        (b"me", b"\n", "^P: empty"),
        (b"a:b", CANARY.encode(), "^U: a user name cannot contain a colon"),
        (b"me", b"\xff" + CANARY.encode(), "^P: not valid UTF-8"),
    ],
    ids=["no-user", "no-password", "a-colon", "binary"],
)
def test_what_is_no_user_or_password_is_named_and_not_shown(
    username: bytes, password: bytes, said: str
) -> None:
    with pytest.raises(CredentialsMissingError, match=said) as caught:
        basic_authorization(username, password, "U", "P")

    assert_hides(caught.value, CANARY)


def test_a_header_from_a_secret_loses_the_line_break_of_an_editor() -> None:
    assert header_value(b" key-1\n", "S").reveal() == "key-1"


@pytest.mark.parametrize("value", [b"", b" \n", b"a\r\nX: y", "größe".encode()])
def test_what_can_be_no_header_is_named_and_not_shown(value: bytes) -> None:
    with pytest.raises(CredentialsMissingError, match=r"^S: "):
        header_value(value, "S")
