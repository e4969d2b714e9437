import pytest

from microshift_telemetry.spec.authorization import (
    Authorization,
    Bearer,
    KeyReference,
    NoAuthorization,
    PullSecret,
    parse_authorization,
)
from microshift_telemetry.spec.errors import SpecError, UnsupportedFieldError
from microshift_telemetry.spec.fields import Fields

TOKEN = {"name": "receiver", "key": "token"}


def parse(value: object) -> Authorization | None:
    return parse_authorization(Fields(value, "spec.authorization"))


@pytest.mark.parametrize(
    ("value", "authorization"),
    [
        pytest.param(None, None, id="absent"),
        pytest.param({}, None, id="empty"),
        pytest.param({"type": "PullSecret"}, PullSecret(), id="pull-secret"),
        pytest.param({"type": "None"}, NoAuthorization(), id="none"),
        pytest.param(
            {"type": "Bearer", "bearer": {"credentials": TOKEN}},
            Bearer(KeyReference("Secret", "receiver", "token")),
            id="bearer",
        ),
        pytest.param(
            {"type": "None", "bearer": {"credentials": 7}, "basic": []},
            NoAuthorization(),
            id="members-of-other-types-are-ignored",
        ),
    ],
)
def test_who_we_are_is_what_the_type_says(
    value: object, authorization: Authorization | None
) -> None:
    assert parse(value) == authorization


@pytest.mark.parametrize(
    ("value", "field"),
    [
        pytest.param({"type": "bearer"}, "type", id="lower-case"),
        pytest.param({"type": 7}, "type", id="a-number"),
        pytest.param({"bearer": {"credentials": TOKEN}}, "type", id="a-member-without-a-type"),
        pytest.param({"type": "Bearer"}, "bearer.credentials.name", id="no-member"),
        pytest.param(
            {"type": "Bearer", "bearer": {"credentials": {"name": "a"}}},
            "bearer.credentials.key",
            id="no-key",
        ),
        pytest.param(
            {"type": "Bearer", "bearer": {"credentials": {"name": "", "key": "b"}}},
            "bearer.credentials.name",
            id="an-empty-name",
        ),
        pytest.param({"type": "Bearer", "bearer": "token"}, "bearer", id="a-text-for-an-object"),
    ],
)
def test_an_incomplete_member_is_named(value: object, field: str) -> None:
    with pytest.raises(SpecError, match=rf"^spec\.authorization\.{field}: "):
        parse(value)


@pytest.mark.parametrize("kind", ["Basic", "OAuth2"])
def test_a_type_of_a_later_version_is_named(kind: str) -> None:
    with pytest.raises(UnsupportedFieldError, match=rf"^spec\.authorization\.type: {kind} is not"):
        parse({"type": kind})


def test_a_reference_reads_as_an_admin_would_say_it() -> None:
    assert str(KeyReference("ConfigMap", "roots", "ca.crt")) == "ConfigMap roots, key ca.crt"
