"""What the first page of the mixin says is what the files hold."""

import re

import yaml

from tests.unit.fleet.generated import ALERTS, FLEET

TEXT = (FLEET / "README.md").read_text()
SEVERITIES = {alert["alert"]: alert["labels"]["severity"] for alert in ALERTS}


def test_every_alert_is_listed_with_its_severity() -> None:
    listed = re.findall(r"^\| \[(Microshift\w+)\]\([^)]+\) \| (\w+) \|", TEXT, flags=re.MULTILINE)

    assert dict(listed) == SEVERITIES
    assert len(listed) == len(SEVERITIES)


def test_the_inhibition_mutes_the_devices_of_a_silent_site() -> None:
    [block] = re.findall(r"^inhibit_rules:\n(?: .*\n)+", TEXT, flags=re.MULTILINE)
    [rule] = yaml.safe_load(block)["inhibit_rules"]

    [source] = (matcher.removeprefix("alertname=") for matcher in rule["source_matchers"])
    [target] = (matcher.removeprefix("alertname=~") for matcher in rule["target_matchers"])
    muted = {name for name in SEVERITIES if re.fullmatch(target.strip('"'), name)}

    assert source.strip('"') == "MicroshiftSiteSilent"
    assert muted == SEVERITIES.keys() - {"MicroshiftSiteSilent", "MicroshiftReceiverRefusesSamples"}
    assert rule["equal"] == ["site"]
