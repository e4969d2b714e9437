"""The cache of built tools: whole or not there, each built by one process only, and the same for
everyone."""

import base64
import fcntl
import hashlib
import threading
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.go_module import GoModule, built
from tests.support.go_toolchain import GoError
from tests.support.tools import NODE_EXPORTER
from tests.support.waiting import wait_for

UNBUILDABLE: GoModule = replace(NODE_EXPORTER, packages={"nothing": "example.com/not/there"})

GREETING = "example.com/greeting"
GO_MOD = f"module {GREETING}\n\ngo 1.25\n"
GREETER = f"""\
package main

import (
	"fmt"
	"net"
	"os"
	"runtime"

	"{GREETING}"
)

var name = "nobody"

func main() {{
	_, err := net.LookupPort("tcp", "http")
	fmt.Println(greeting.Text, name, runtime.GOARCH, err, os.Getenv("GOARCH"))
}}
"""
HOSTILE = {
    "GOFLAGS": "-mod=vendor -tags=hostile -ldflags=-X=main.name=mallory -buildvcs=true -race",
    "GOTOOLCHAIN": "go1.99.0",
    "GOSUMDB": "sum.example.invalid",
    "GONOSUMDB": "*",
    "GONOSUMCHECK": "1",
    "GOPRIVATE": "*",
    "GONOPROXY": "*",
    "GOINSECURE": "*",
    "GOVCS": "*:off",
    "GOWORK": "/nowhere/go.work",
    "GO111MODULE": "off",
    "GOEXPERIMENT": "nosuchexperiment",
    "GOAMD64": "v4",
    "GOARM64": "v9.5",
    "GOOS": "plan9",
    "GOARCH": "386",
    "GOROOT": "/nowhere",
    "GODEBUG": "nosuchsetting=1",
    "GOFIPS140": "latest",
    "CGO_ENABLED": "1",
    "CGO_CFLAGS": "-nonsense",
    "CGO_LDFLAGS": "-nonsense",
    "CC": "/nowhere/cc",
}


def test_a_failed_build_says_why_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(GoError, match=r"(?s)go list ended with 1:.*example\.com/not/there"):
        built(UNBUILDABLE, tmp_path)

    assert {path.name for path in tmp_path.rglob("*")} == {
        UNBUILDABLE.key,
        f"{UNBUILDABLE.key}.lock",
    }


def test_a_second_builder_waits_and_takes_what_the_first_built(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    found: list[Path] = []
    said: list[str] = []

    def says_that_it_waits() -> bool:
        said.append(capfd.readouterr().err)
        return "another process builds it" in "".join(said)

    with (tmp_path / f"{UNBUILDABLE.key}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        second = threading.Thread(target=lambda: found.append(built(UNBUILDABLE, tmp_path)))
        second.start()
        wait_for("the second builder waits", says_that_it_waits, seconds=10)
        (tmp_path / UNBUILDABLE.key / "nothing").touch()
    second.join(10)

    assert found == [tmp_path / UNBUILDABLE.key]


def test_programs_are_built_when_they_are_asked_for_and_once(
    greeter: GoModule, tmp_path: Path
) -> None:
    both = replace(greeter, packages={**greeter.packages, "other": "example.com/tool/other"})
    other = greeter.directory / "other"
    other.mkdir()
    (other / "main.go").write_text("package main\n\nfunc main() {}\n")

    folder = built(both, tmp_path / "cache", "greeter")
    first = (folder / "greeter").stat()
    assert [path.name for path in folder.iterdir()] == ["greeter"]

    assert built(both, tmp_path / "cache") == folder
    assert sorted(path.name for path in folder.iterdir()) == ["greeter", "other"]
    assert (folder / "greeter").stat() == first


def test_a_hostile_environment_neither_breaks_nor_changes_a_build(
    greeter: GoModule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_it_is = _digest(greeter, tmp_path / "as-it-is")

    for name, value in HOSTILE.items():
        monkeypatch.setenv(name, value)
    written = tmp_path / "go-env"
    written.write_text("".join(f"{name}={value}\n" for name, value in HOSTILE.items()))
    monkeypatch.setenv("GOENV", str(written))

    assert _digest(greeter, tmp_path / "hostile") == as_it_is


def test_the_file_of_go_env_alone_neither_breaks_nor_changes_a_build(
    greeter: GoModule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_it_is = _digest(greeter, tmp_path / "as-it-is")

    for name in HOSTILE:
        monkeypatch.delenv(name, raising=False)
    written = tmp_path / "go-env"
    written.write_text("".join(f"{name}={value}\n" for name, value in HOSTILE.items()))
    monkeypatch.setenv("GOENV", str(written))

    assert _digest(greeter, tmp_path / "hostile") == as_it_is


def test_other_content_of_a_pinned_module_is_refused_whatever_the_environment_allows(
    greeter: GoModule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in HOSTILE.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GOFLAGS", "-mod=mod")
    monkeypatch.setenv("GOSUMDB", "off")
    _publish(tmp_path / "proxy", 'package greeting\n\nconst Text = "owned"\n')

    with pytest.raises(GoError, match="checksum mismatch"):
        built(greeter, tmp_path / "cache")


def test_a_module_that_is_not_pinned_is_refused(
    greeter: GoModule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOFLAGS", "-mod=mod")
    monkeypatch.setenv("GONOSUMDB", "*")
    (greeter.directory / "go.sum").write_text("")

    with pytest.raises(GoError, match=r"missing go\.sum entry"):
        built(greeter, tmp_path / "cache")

    assert (greeter.directory / "go.sum").read_text() == ""


@pytest.fixture
def greeter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GoModule:
    """A module with one pinned dependency, a proxy that has it, and traps for flags."""
    lines = _publish(tmp_path / "proxy", 'package greeting\n\nconst Text = "hello"\n')
    directory = tmp_path / "tool"
    (directory / "vendor").mkdir(parents=True)
    (directory / "vendor" / "modules.txt").write_text("# nothing is vendored\n")
    (directory / "go.mod").write_text(
        f"module example.com/tool\n\ngo 1.25\n\nrequire {GREETING} v1.0.0\n"
    )
    (directory / "go.sum").write_text(lines)
    (directory / "main.go").write_text(GREETER)
    (directory / "hostile.go").write_text(
        '//go:build hostile\n\npackage main\n\nfunc init() { name = "a tag" }\n'
    )
    monkeypatch.setenv("GOPROXY", (tmp_path / "proxy").as_uri())
    monkeypatch.setenv("GOMODCACHE", str(tmp_path / "modules"))
    return GoModule("tool", {"greeter": "example.com/tool"}, parent=tmp_path)


def _digest(module: GoModule, cache: Path) -> str:
    return hashlib.sha256((built(module, cache) / "greeter").read_bytes()).hexdigest()


def _publish(proxy: Path, source: str) -> str:
    """Lay `GREETING` out as a proxy's files; give the lines that go.sum has for it."""
    place = proxy / GREETING / "@v"
    place.mkdir(parents=True, exist_ok=True)
    (place / "v1.0.0.info").write_text('{"Version": "v1.0.0", "Time": "2026-01-01T00:00:00Z"}')
    (place / "v1.0.0.mod").write_text(GO_MOD)
    files = {
        f"{GREETING}@v1.0.0/{name}": text
        for name, text in [("go.mod", GO_MOD), ("greeting.go", source)]
    }
    with zipfile.ZipFile(place / "v1.0.0.zip", "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return (
        f"{GREETING} v1.0.0 {_hash(files)}\n{GREETING} v1.0.0/go.mod {_hash({'go.mod': GO_MOD})}\n"
    )


def _hash(files: Mapping[str, str]) -> str:
    """Hash files as go.sum does: `h1:` over a list of their hashes."""
    lines = [
        f"{hashlib.sha256(files[name].encode()).hexdigest()}  {name}\n" for name in sorted(files)
    ]
    return "h1:" + base64.b64encode(hashlib.sha256("".join(lines).encode()).digest()).decode()
