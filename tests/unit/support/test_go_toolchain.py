from dataclasses import replace
from typing import Any

import pytest

from tests.support.go_module import name_by_go
from tests.support.go_toolchain import GoError, parse_go_version
from tests.support.tools import MODULES, PROMETHEUS


@pytest.mark.parametrize(
    ("text", "version"),
    [
        pytest.param("go1.26.8", (1, 26, 8), id="what Go says of itself"),
        pytest.param("go1.27rc1", (1, 27), id="a release candidate"),
        pytest.param("go 1.26.0", (1, 26, 0), id="the line of a go.mod"),
    ],
)
def test_a_go_version_is_read(text: str, version: tuple[int, ...]) -> None:
    assert parse_go_version(text) == version


def test_a_text_without_a_go_version_is_refused() -> None:
    with pytest.raises(GoError, match="no Go version in 'devel'"):
        parse_go_version("devel")


@pytest.mark.parametrize(
    ("package", "binary"),
    [
        ("k8s.io/kubernetes/cmd/kubectl", "kubectl"),
        ("go.etcd.io/etcd/server/v3", "server"),
        ("example.com/vet", "vet"),
    ],
)
def test_the_name_that_go_gives_a_binary_is_known(package: str, binary: str) -> None:
    assert name_by_go(package) == binary


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"tags": "netgo"}, id="the tags"),
        pytest.param({"ldflags": "-X a.b=c"}, id="the linker's flags"),
        pytest.param({"packages": {"prometheus": "example.com/fork"}}, id="the package"),
        pytest.param({"name": "kubernetes"}, id="go.mod and go.sum"),
    ],
)
def test_what_is_built_otherwise_has_another_place_in_the_cache(other: dict[str, Any]) -> None:
    assert PROMETHEUS.key.startswith("prometheus-")
    assert replace(PROMETHEUS, **other).key != PROMETHEUS.key


def test_every_program_is_built_by_one_module() -> None:
    names = [name for module in MODULES for name in module.packages]

    assert len(names) == len(set(names))
