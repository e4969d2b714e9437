"""The table of `docs/receivers.md` is what the tests expect of the real receivers."""

import re

from tests.receivers.table import docs_table
from tests.support.go_toolchain import REPOSITORY


def test_the_page_has_the_table_that_the_tests_expect() -> None:
    page = (REPOSITORY / "docs" / "receivers.md").read_text()
    [(written, date)] = re.findall(
        r"<!-- begin: table -->\n(.*?(\d{4}-\d\d-\d\d).*?)\n<!-- end: table -->",
        page,
        flags=re.DOTALL,
    )

    assert written == docs_table(date)
