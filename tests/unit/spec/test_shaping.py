"""External labels and exclusions: what an admin may say, and what an edit of them does."""

from dataclasses import replace
from typing import Any

import pytest

from microshift_telemetry.spec.change import usable_at_once
from microshift_telemetry.spec.effective import effective_from
from microshift_telemetry.spec.errors import SpecError
from microshift_telemetry.spec.telemetry_config import Spec, parse_spec


def test_external_labels_are_sorted_by_name() -> None:
    spec = parse_spec({"externalLabels": {"site": "a 1", "fleet": "north"}})

    assert spec.external_labels == (("fleet", "north"), ("site", "a 1"))


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ({"Site": "x"}, "'Site' is not allowed as a label name"),
        ({"_id": "x"}, "'_id' is not allowed as a label name"),
        ({"__name__": "x"}, "'__name__' is not allowed as a label name"),
        ({"site": ""}, "site: missing"),
        ({"site": 7}, "site: not a string"),
        ({f"l{n}": "x" for n in range(17)}, "has 17 entries, at most 16 are allowed"),
        ({f"l{n}": "端" * 256 for n in range(8)}, "more than 4096 bytes of UTF-8 in total"),
        (["site"], "not an object"),
    ],
)
def test_a_label_that_is_none_is_named(labels: Any, said: str) -> None:
    with pytest.raises(SpecError, match=said) as caught:
        parse_spec({"externalLabels": labels})

    assert str(caught.value).startswith("spec.externalLabels")


def test_labels_may_be_4096_bytes_together() -> None:
    labels = {f"l{number:0127}": "é" * 64 for number in range(16)}

    assert parse_spec({"externalLabels": labels}).external_labels == tuple(sorted(labels.items()))


def test_exclusions_are_names_of_metrics_and_resources() -> None:
    spec = parse_spec({"metrics": {"exclude": ["pods", "cluster:cpu_usage_cores:sum"]}})

    assert spec.excluded == {"pods", "cluster:cpu_usage_cores:sum"}


@pytest.mark.parametrize("value", ["pods", [7], {"a": 1}])
def test_exclusions_that_are_no_list_of_texts_are_named(value: Any) -> None:
    with pytest.raises(SpecError, match=r"spec\.metrics\.exclude: not a list of strings"):
        parse_spec({"metrics": {"exclude": value}})


def test_anonymised_labels_are_a_set_of_names() -> None:
    assert parse_spec({"anonymizeLabels": ["instance", "site"]}).anonymized == {"instance", "site"}


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (["_id"], "'_id' cannot be anonymised"),
        (["__name__"], "'__name__' cannot be anonymised"),
        (["Site"], "'Site' cannot be anonymised"),
        ([""], "'' cannot be anonymised"),
        (["site\n"], r"'site\\n' cannot be anonymised"),
        ("instance", "not a list of strings"),
        ([7], "not a list of strings"),
    ],
)
def test_a_label_that_nobody_may_hide_is_named(labels: Any, said: str) -> None:
    with pytest.raises(SpecError, match=rf"^spec\.anonymizeLabels: {said}"):
        parse_spec({"anonymizeLabels": labels})


def test_a_label_is_hidden_at_once_and_shown_again_after_the_wait() -> None:
    before = replace(effective_from(Spec()), anonymized=frozenset({"instance"}))
    newest = replace(before, anonymized=frozenset({"site"}))

    in_between = usable_at_once(before, newest)

    assert in_between is not None
    assert in_between.anonymized == {"instance", "site"}


def test_a_new_exclusion_counts_at_once_and_one_taken_back_after_the_wait() -> None:
    before = replace(effective_from(Spec()), excluded=frozenset({"pods"}))
    newest = replace(before, excluded=frozenset({"images"}))

    in_between = usable_at_once(before, newest)

    assert in_between is not None
    assert in_between.excluded == {"pods", "images"}


def test_other_external_labels_wait_since_they_make_other_series() -> None:
    before = effective_from(Spec())
    newest = effective_from(Spec(external_labels=(("site", "a"),)))

    assert usable_at_once(before, newest) is None
