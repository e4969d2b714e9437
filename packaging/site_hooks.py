"""How pages of the repository become pages of the site: hooks of mkdocs.

README, CONTRIBUTING and their like lie outside of `docs`, and get pages of their own. A link to a
file of the source has no page to lead to: its text stays.
"""

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

REPOSITORY = Path(__file__).parents[1]
DOCS = "docs"
TOP_PAGES = {
    "README.md": "readme.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "fleet/README.md": "fleet.md",
}
"""Pages outside of `docs`, and what they are on the site."""
LINK = re.compile(
    r"(?P<mark>!?)\[(?P<text>[^\]]*)\]\((?!https?:|mailto:|#)(?P<path>[^)#\s]+)(?P<anchor>#[^)]*)?\)"
)
FENCE = re.compile(r"^```(?:console|sh)(?: run)?$", re.MULTILINE)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that lie outside of `docs`."""
    for source, page in TOP_PAGES.items():
        if (REPOSITORY / source).exists():
            files.append(File.generated(config, page, abs_src_path=str(REPOSITORY / source)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Have links lead to pages of the site; mark what is a shell's."""
    del config, files
    here = {page_: source for source, page_ in TOP_PAGES.items()}.get(page.file.src_uri)
    source = here or f"{DOCS}/{page.file.src_uri}"

    def led(found: re.Match[str]) -> str:
        return _led(found, source, page.file.src_uri)

    return FENCE.sub("```console", LINK.sub(led, markdown)).replace("```yaml file", "```yaml")


def _led(found: re.Match[str], source: str, page: str) -> str:
    """Rewrite one link of a file of the repository for its place on the site."""
    target = posixpath.normpath(posixpath.join(posixpath.dirname(source), found["path"]))
    on_site = TOP_PAGES.get(target, target.removeprefix(f"{DOCS}/"))
    is_page = target in TOP_PAGES or target.startswith(f"{DOCS}/")
    if not is_page and (REPOSITORY / target).exists():
        return found["text"] if "`" in found["text"] else f"*{found['text']}*"
    way = posixpath.relpath(on_site, posixpath.dirname(page) or ".")
    return f"{found['mark']}[{found['text']}]({way}{found['anchor'] or ''})"
