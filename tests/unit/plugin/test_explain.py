"""What `kubectl telemetry explain` tells, and from where it has it."""

import re
import subprocess
import sys

import pytest

from microshift_telemetry import __version__
from microshift_telemetry.sample.metrics import CATALOGUE, LIFECYCLE_CATALOGUE, SELF_CATALOGUE
from microshift_telemetry.status.reasons import ReportingReason, SamplingReason
from microshift_telemetry_cli.errors import PluginError
from microshift_telemetry_cli.explain import explanation, find, load_texts, overview
from microshift_telemetry_cli.style import Style
from tests.support.go_toolchain import REPOSITORY

TEXTS = load_texts()
GENERATED = REPOSITORY / "operator/microshift_telemetry_cli/texts.json"
WORDS = [each.name for each in CATALOGUE + SELF_CATALOGUE + LIFECYCLE_CATALOGUE] + sorted(
    {*SamplingReason, *ReportingReason}
)


def explained(word: str) -> str:
    return "\n".join(explanation(find(TEXTS, word), Style()))


def test_the_texts_are_those_of_the_product() -> None:
    """`make verify-generated` compares them, too; this tells it without a compiler of protobuf."""
    generator = REPOSITORY / "packaging" / "plugin_texts.py"

    done = subprocess.run([sys.executable, generator], capture_output=True, text=True, check=True)

    assert done.stdout == GENERATED.read_text()
    assert TEXTS["version"] == __version__


@pytest.mark.parametrize("word", WORDS)
def test_every_metric_and_every_reason_can_be_explained(word: str) -> None:
    assert word in explained(word.upper())


def test_a_reason_of_both_conditions_is_explained_for_both() -> None:
    text = explained("ClockNotSynchronized")

    assert "a reason of the condition Sampling" in text
    assert "a reason of the condition Reporting" in text


def test_a_reason_says_what_to_do() -> None:
    text = explained("Overdue")

    assert "Save the log, then delete the" in text
    assert "      kubectl delete pod --namespace=microshift-telemetry --all" in text


def test_a_metric_says_how_it_is_held_back() -> None:
    text = explained("cluster:usage:containers:sum")

    assert "no container's name or image leaves the device" in " ".join(text.split())
    assert '{"spec":{"metrics":{"exclude":["cluster:usage:containers:sum"]}}}' in text


def test_nothing_of_markdown_is_left() -> None:
    text = GENERATED.read_text()

    assert re.findall(r"\]\(|\*\*|`", text) == []


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("Unautorized", "did you mean Unauthorized"),
        ("cluster_versions", "did you mean cluster_version"),
        ("weather", "kubectl telemetry explain lists all"),
    ],
)
def test_a_word_that_is_spelled_otherwise_is_met_half_way(word: str, said: str) -> None:
    with pytest.raises(PluginError, match=said):
        find(TEXTS, word)


def test_the_list_names_every_word() -> None:
    text = "\n".join(overview(TEXTS, Style()))

    assert [word for word in WORDS if word not in text] == []
