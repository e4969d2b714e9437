import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.go_toolchain import REPOSITORY

CHECK = REPOSITORY / "packaging" / "check_site.py"
ELSEWHERE = "https://cdn.example.com/file"


def checked(site: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, CHECK, site], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    "loads",
    [
        f'<script src="{ELSEWHERE}"></script>',
        f"<img alt=chart src={ELSEWHERE}>",
        f'<link rel="stylesheet" href="{ELSEWHERE}">',
        f'<link href="{ELSEWHERE}" rel="icon">',
    ],
)
def test_a_page_that_loads_from_elsewhere_is_named(tmp_path: Path, loads: str) -> None:
    (tmp_path / "page.html").write_text(f"<html>{loads}</html>")

    result = checked(tmp_path)

    assert result.returncode == 1
    assert result.stderr == f"page.html: loads {ELSEWHERE}\n"


def test_a_style_that_loads_from_elsewhere_is_named(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<html></html>")
    (tmp_path / "site.css").write_text(f"a {{ background: url({ELSEWHERE}) }}")

    assert checked(tmp_path).stderr == f"site.css: loads {ELSEWHERE}\n"


def test_a_page_may_lead_elsewhere_and_load_its_own_files(tmp_path: Path) -> None:
    page = f'<a href="{ELSEWHERE}">there</a><script src="site.js"></script>'
    (tmp_path / "page.html").write_text(page)

    result = checked(tmp_path)

    assert (result.returncode, result.stderr) == (0, "")


def test_a_site_without_pages_is_a_fault(tmp_path: Path) -> None:
    assert checked(tmp_path).returncode == 1
