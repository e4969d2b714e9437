"""The image's variables as the tests read them."""

from pathlib import Path

from tests.support.image_environment import image_environment


def test_only_the_last_stage_counts(tmp_path: Path) -> None:
    containerfile = tmp_path / "Containerfile"
    containerfile.write_text(
        "ARG BASE=x\nFROM ${BASE} AS builder\nENV BUILDER=1\n\nFROM ${BASE}\n"
        "ENV PATH=/opt/bin:/bin \\\n    SAID='two words'\nUSER 1\nENV LATER=a=b\n"
    )

    assert image_environment(containerfile) == {
        "PATH": "/opt/bin:/bin",
        "SAID": "two words",
        "LATER": "a=b",
    }
