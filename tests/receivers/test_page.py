"""The table of `docs/receivers.md` is the one that the real receivers are held to."""

import re

from tests.receivers.table import docs_table
from tests.support.go_toolchain import REPOSITORY


def test_the_page_has_the_table_that_the_receivers_are_held_to() -> None:
    page = (REPOSITORY / "docs" / "receivers.md").read_text()
    [(written, date)] = re.findall(
        r"<!-- begin: measured -->\n(.*?(\d{4}-\d\d-\d\d).*?)\n<!-- end: measured -->",
        page,
        flags=re.DOTALL,
    )

    assert written == docs_table(date)
