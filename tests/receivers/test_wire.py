"""The models are held to the real receivers: same requests, same answers, same samples stored."""

import os
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.receivers.scripts import SCRIPTS, random_script
from tests.receivers.settings import ON_THE_WIRE, Setting, chosen
from tests.receivers.wire import Script, play_to_product, told_apart

SEEDS = int(os.environ.get("TEST_RECEIVERS_SEEDS", "40"))  # noqa: TID251  # for tests only
AT_ONCE = 20
"""So many databases are open side by side."""


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "setting", [pytest.param(each, id=each.name) for each in chosen(ON_THE_WIRE)]
)
def test_a_model_answers_and_stores_what_its_product_does(setting: Setting, tmp_path: Path) -> None:
    scripts = [*SCRIPTS, *(random_script(seed) for seed in range(SEEDS))]

    differences = [
        difference
        for start in range(0, len(scripts), AT_ONCE)
        for difference in _differences(
            setting, scripts[start : start + AT_ONCE], tmp_path / str(start)
        )
    ]

    assert not differences, "\n".join(differences)


def _differences(setting: Setting, scripts: Iterable[Script], directory: Path) -> list[str]:
    """Play scripts to a product, each to an empty database, and say where its model differs."""
    with setting.server(directory) as server, ExitStack() as stack:
        played = [
            play_to_product(script, stack.enter_context(server.store(f"store-{number}")))
            for number, script in enumerate(scripts)
        ]
        server.settle()
        return [
            f"{each.script.name}: {said}"
            for each in played
            for said in told_apart(each.by_product(), each.by_model(setting.model()), each.now_ms)
        ]
