"""`python -m fleet.mixin DIRECTORY [--set NAME=VALUE]` writes rules and dashboards."""

import argparse
import json
import sys
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from fleet.mixin import rules
from fleet.mixin.config import Config, ConfigError, config_from
from fleet.mixin.delivery_page import delivery_page
from fleet.mixin.device_page import device_page
from fleet.mixin.fleet_page import fleet_page
from fleet.mixin.growth_page import growth_page
from fleet.mixin.pages import built


def generated(config: Config) -> dict[str, str]:
    """Give every generated file by its path below the directory."""
    pages = [each(config) for each in (fleet_page, device_page, delivery_page, growth_page)]
    return {
        "rules/microshift-telemetry.yaml": rules.plain(config),
        "rules/prometheus-rule.yaml": rules.prometheus_rule(config),
        **{f"dashboards/{page.name}.json": _json(built(page, config)) for page in pages},
    }


def _json(dashboard: object) -> str:
    text = JSONEncoder(sort_keys=True, indent=2).encode(dashboard)
    return json.dumps(json.loads(text), sort_keys=True, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Write the files, or say what is wrong with the settings."""
    parser = argparse.ArgumentParser(prog="python -m fleet.mixin", description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    arguments = parser.parse_args()
    try:
        config = config_from(arguments.set)
    except ConfigError as error:
        sys.exit(str(error))
    for name, text in generated(config).items():
        path = arguments.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


if __name__ == "__main__":
    main()
