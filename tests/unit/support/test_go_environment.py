from pathlib import Path

import pytest

from tests.support.go_environment import OURS, go_environment

PROXY = "https://proxy.example.com"


@pytest.mark.parametrize(
    "name",
    [
        *("GO111MODULE", "GOAMD64", "GOARCH", "GOARM64", "GODEBUG", "GOEXPERIMENT", "GOFIPS140"),
        *("GOINSECURE", "GONOPROXY", "GONOSUMDB", "GOOS", "GOPRIVATE", "GOROOT", "GOSUMDB"),
        *("GCCGO", "CGO_CFLAGS", "CGO_LDFLAGS", "GO_EXTLINK_ENABLED"),
    ],
)
def test_what_could_change_a_build_is_left_out(name: str) -> None:
    assert go_environment({name: "anything"}) == OURS


@pytest.mark.parametrize("name", sorted(OURS))
def test_what_we_set_wins(name: str) -> None:
    assert go_environment({name: "anything"}) == OURS


@pytest.mark.parametrize(
    "name",
    [
        *("GOPROXY", "GOCACHE", "GOMODCACHE", "GOPATH", "GOMAXPROCS"),
        *("HTTPS_PROXY", "HOME", "PATH", "GOOGLE_APPLICATION_CREDENTIALS"),
    ],
)
def test_what_is_the_users_is_kept(name: str) -> None:
    assert go_environment({name: "/theirs"}) == {**OURS, name: "/theirs"}


@pytest.mark.parametrize(
    ("variable", "value", "file"),
    [("GOENV", "env", "env"), ("XDG_CONFIG_HOME", "", "go/env"), ("HOME", "", ".config/go/env")],
)
def test_of_what_go_env_has_written_the_users_part_is_kept(
    tmp_path: Path, variable: str, value: str, file: str
) -> None:
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_text(
        f"GOPROXY={PROXY}?a=b\nGOFLAGS=-mod=vendor\n# GOOS=plan9\nnonsense\n"
    )

    environment = go_environment({variable: str(tmp_path / value)})

    assert environment["GOPROXY"] == f"{PROXY}?a=b"
    assert {name for name in environment if name != variable} == {*OURS, "GOPROXY"} - {variable}


def test_a_variable_wins_over_what_go_env_has_written(tmp_path: Path) -> None:
    (tmp_path / "env").write_text("GOPROXY=https://old.example.com\n")

    environment = go_environment({"GOENV": str(tmp_path / "env"), "GOPROXY": PROXY})

    assert environment["GOPROXY"] == PROXY


def test_an_empty_variable_is_none() -> None:
    assert go_environment({"GOPROXY": "", "GOENV": "off"}) == OURS
