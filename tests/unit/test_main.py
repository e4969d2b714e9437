"""What the process loads when it starts, and what it does without."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["bz2", "lzma", "yaml._yaml"])
def test_what_a_library_can_do_without_is_not_loaded(module: str) -> None:
    code = f"import microshift_telemetry.__main__, sys; print(sys.modules[{module!r}])"

    said = subprocess.check_output([sys.executable, "-c", code], text=True)

    assert said == "None\n"


def test_the_kubeconfig_is_read_without_the_parser_in_c() -> None:
    code = "import microshift_telemetry.__main__, yaml; print(yaml.safe_load('a: [1]'))"

    said = subprocess.check_output([sys.executable, "-c", code], text=True)

    assert said == "{'a': [1]}\n"
