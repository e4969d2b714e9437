"""Our pages: links lead somewhere, what can't be run here is at least well-formed."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from microshift_telemetry.status.reasons import ReportingReason, SamplingReason
from tests.support.fences import (
    HEADING,
    KNOWN,
    LINK,
    Fence,
    all_fences,
    broken_links,
    fences,
    pages,
)
from tests.support.go_toolchain import REPOSITORY

NAVIGATED = re.compile(r": (\S+\.md)$", re.MULTILINE)
ON_THE_SITE_ALONE = {"docs/index.md"}
"""The site's front page, in the place of the README."""

NOT_READY = {reason.value for reason in (*SamplingReason, *ReportingReason)} - {
    *(
        "SamplesPending",
        "SamplesCollected",
        "ReportPending",
        "ReportDelivered",
        "OptedOut",
        "Disabled",
    )
}


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    assert broken_links(page) == []


def test_the_readme_or_the_site_leads_to_every_page() -> None:
    """That the site's navigation lacks no page, `make docs` checks."""
    linked = {link["path"] for link in LINK.finditer((REPOSITORY / "README.md").read_text())}
    on_site = {
        f"docs/{path}" for path in NAVIGATED.findall((REPOSITORY / "mkdocs.yml").read_text())
    }
    pages_of_docs = [page for page in pages() if page.is_relative_to(REPOSITORY / "docs")]
    listed = {str(page.relative_to(REPOSITORY)) for page in pages_of_docs}

    assert listed <= on_site
    assert {page for page in listed if page.count("/") == 1} - ON_THE_SITE_ALONE <= linked
    assert "fleet/README.md" in linked


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_every_block_says_what_it_is(page: Path) -> None:
    assert [fence.where for fence in fences(page) if fence.info not in KNOWN] == []


@pytest.mark.parametrize(
    "fence", all_fences("sh", "sh run", "console", "console run"), ids=lambda fence: fence.where
)
def test_commands_are_well_formed(fence: Fence) -> None:
    assert fence.script.strip()
    subprocess.run(["bash", "-n"], input=fence.script, text=True, check=True)


@pytest.mark.parametrize("fence", all_fences("yaml file"), ids=lambda fence: fence.where)
def test_other_files_are_well_formed(fence: Fence) -> None:
    assert isinstance(yaml.safe_load(fence.text), dict)


def test_each_reason_for_trouble_has_its_section() -> None:
    headings = set(HEADING.findall((REPOSITORY / "docs" / "troubleshooting.md").read_text()))

    assert {heading for heading in headings if re.fullmatch(r"[A-Z][A-Za-z]+", heading)} - {
        "Troubleshooting"
    } == NOT_READY
