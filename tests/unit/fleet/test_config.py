"""What an owner can choose."""

from pathlib import Path

import pytest
import yaml

from fleet.mixin.__main__ import generated, main
from fleet.mixin.config import Config, ConfigError, config_from
from tests.unit.fleet.generated import RULES


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("sight=x", r"^sight=x: expected NAME=VALUE, NAME one of site_label, "),
        ("site_label", r"^site_label: expected NAME=VALUE"),
        ("disk_days=soon", r"^disk_days: 'soon' is not a whole number$"),
        ("usage_unit=Cores", r"^usage_unit: 'Cores' is neither Percent nor Absolute$"),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused(setting: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        config_from([setting])


def test_a_refused_setting_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.argv", ["mixin", str(tmp_path), "--set", "disk_days=-1"])

    with pytest.raises(SystemExit, match=r"^disk_days: '-1' is not a whole number$"):
        main()

    assert list(tmp_path.iterdir()) == []


def test_another_label_takes_the_place_of_the_site_everywhere() -> None:
    files = generated(config_from(["site_label=plant"]))

    for name, text in files.items():
        assert "plant" in text, name
        assert "by (_id, site)" not in text
        assert "site=~" not in text


def test_absolute_usage_is_divided_by_the_cores() -> None:
    [rule] = [
        rule["expr"]
        for group in yaml.safe_load(
            generated(config_from(["usage_unit=Absolute"]))["rules/microshift-telemetry.yaml"]
        )["groups"]
        for rule in group["rules"]
        if rule.get("record") == "site:microshift_cpu_used_percent:avg"
    ]

    assert "cluster:capacity_cpu_cores:sum" in rule


def test_both_files_of_rules_hold_the_same() -> None:
    spec = yaml.safe_load(generated(Config())["rules/prometheus-rule.yaml"])["spec"]

    assert [rule for group in spec["groups"] for rule in group["rules"]] == RULES
