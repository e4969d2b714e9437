"""The tables of `docs/sizing.md` are what was measured last."""

import re

from tests.scale.page import PAGE, parts


def test_the_page_has_the_figures_that_were_measured() -> None:
    marked = r"<!-- begin: (\S+) -->\n(.*?)\n<!-- end: \1 -->"

    written = dict(re.findall(marked, PAGE.read_text(), flags=re.DOTALL))

    assert written == parts()
