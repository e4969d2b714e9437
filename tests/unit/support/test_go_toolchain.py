import pytest

from tests.support.go_module import name_by_go
from tests.support.go_toolchain import GoError, parse_go_version
from tests.support.tools import KUBERNETES, PROMETHEUS


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


def test_fewer_commands_of_a_module_have_a_place_of_their_own_in_the_cache() -> None:
    assert KUBERNETES.only("kubectl").key != KUBERNETES.key
    assert KUBERNETES.only(*KUBERNETES.packages).key == KUBERNETES.key
    assert KUBERNETES.key.startswith("kubernetes-")
    assert PROMETHEUS.key.startswith("prometheus-")
