"""What real receivers answer to a write request without a sample, as `docs/check.md` says it."""

import re
from pathlib import Path

import pytest

from microshift_telemetry.remote_write.transport import REMOTE_WRITE
from tests.receivers.settings import IN_THE_TABLE, Setting, chosen
from tests.support.go_toolchain import REPOSITORY

ANSWERS = {
    "prometheus": (204, 204),
    "thanos": (200, 200),
    "cortex": (200, 401),
    "victoria-metrics": (204, 204),
}
"""With the headers of a tenant, and without."""


def test_the_page_has_these_answers() -> None:
    page = (REPOSITORY / "docs" / "check.md").read_text()
    table = page.partition("<!-- begin: table -->")[2].partition("<!-- end: table -->")[0]

    rows = re.findall(r"^\| ([\w ]+) \| (\d+)(?:; without a tenant (\d+))? \|", table, re.MULTILINE)

    assert [(int(first), int(second or first)) for _, first, second in rows] == [*ANSWERS.values()]


def _one_of_each() -> list[Setting]:
    return list({each.product: each for each in reversed(chosen(IN_THE_TABLE))}.values())


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "setting", [pytest.param(each, id=each.product) for each in _one_of_each()]
)
def test_an_empty_request_is_taken_and_nothing_is_stored(setting: Setting, tmp_path: Path) -> None:
    with setting.server(tmp_path / "server") as server, server.store("empty") as store:
        question = REMOTE_WRITE.question or pytest.fail("remote write asks by a request")
        answers = (
            store.write(question),
            store.write(question, with_headers=False),
        )

        assert tuple(answer.status for answer in answers) == ANSWERS[setting.product]
        assert store.samples() == {}
