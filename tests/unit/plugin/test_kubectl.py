"""How the plugin runs kubectl, and what it makes of one that fails."""

import itertools
from pathlib import Path

import pytest

from microshift_telemetry_cli import kubectl as module
from microshift_telemetry_cli.errors import KubectlError, PluginError, SilenceError
from microshift_telemetry_cli.kubectl import ANEW, QUIET, Event, Kubectl, find_program
from tests.unit.plugin.fake_kubectl import fake_kubectl

WATCHED = """\
printf '{"type":"ADDED","object":{"n":1,"said":"\\303'
sleep 0.1
printf '\\251"}}\\n{"type":"MODIFIED",'
sleep 0.1
printf '"object":{"n":2}}\\n'
"""


def test_the_callers_flags_go_along(tmp_path: Path) -> None:
    kubectl = fake_kubectl(tmp_path, 'echo "$@"', "--context=edge", "--as=ada")

    assert kubectl.run("get", "tcfg") == "--context=edge --as=ada get tcfg\n"


def test_what_kubectl_said_is_kept(tmp_path: Path) -> None:
    kubectl = fake_kubectl(tmp_path, "echo 'error: no such context' >&2; exit 1")

    with pytest.raises(KubectlError, match="kubectl get tcfg failed") as caught:
        kubectl.json("get", "tcfg")
    assert caught.value.said == "error: no such context"


def test_what_kubectl_says_of_what_it_does_is_seen(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """It is more than a pipe that nobody reads would hold."""
    kubectl = fake_kubectl(tmp_path, "echo 'GET /api' >&2; echo done", "--v=6")

    assert (kubectl.run("get", "tcfg"), capfd.readouterr().err) == ("done\n", "GET /api\n")


def test_a_cluster_without_the_operator_is_told_in_words(tmp_path: Path) -> None:
    said = 'error: the server doesn\'t have a resource type "telemetryconfigs"'
    kubectl = fake_kubectl(tmp_path, f"cat >&2 <<'END'\n{said}\nEND\nexit 1")

    with pytest.raises(KubectlError, match="the operator is not installed"):
        kubectl.json("get", "tcfg")


def test_of_two_questions_the_second_may_fail(tmp_path: Path) -> None:
    kubectl = fake_kubectl(
        tmp_path, '[ "$2" = tcfg ] && echo {} || { echo Forbidden >&2; exit 1; }'
    )

    tcfg, pods = kubectl.both(("get", "tcfg"), ("get", "pods"))

    assert (tcfg, pods.said) == ({}, "Forbidden")


def test_a_watch_gives_each_object_as_it_comes(tmp_path: Path) -> None:
    kubectl = fake_kubectl(tmp_path, f"{WATCHED}exec sleep 60")

    events = kubectl.watch("tcfg", quiet_seconds=30)

    assert list(itertools.islice(events, 2)) == [
        Event("ADDED", {"n": 1, "said": "é"}),
        Event("MODIFIED", {"n": 2}),
    ]


def test_a_quiet_watch_says_so(tmp_path: Path) -> None:
    kubectl = fake_kubectl(tmp_path, "exec sleep 60")

    assert next(kubectl.watch("tcfg", quiet_seconds=0.01)) == QUIET


def test_a_watch_that_ends_is_begun_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An API server ends each after a while, and MicroShift is restarted."""
    monkeypatch.setattr(module, "AGAIN_SECONDS", 0.01)
    once = 'echo \'{"type":"ADDED","object":{"n":1}}\'; [ -e "$here/again" ] && exit 1'
    kubectl = fake_kubectl(tmp_path, f'{once}; touch "$here/again"; exit 0')

    events = list(itertools.islice(kubectl.watch("tcfg", quiet_seconds=30), 5))

    added = Event("ADDED", {"n": 1})
    assert events == [added, ANEW, added, ANEW, added]


def test_a_watch_that_can_not_begin_fails(tmp_path: Path) -> None:
    kubectl = fake_kubectl(tmp_path, "echo 'error: Unauthorized' >&2; exit 1")

    with pytest.raises(KubectlError) as caught:
        next(kubectl.watch("tcfg", quiet_seconds=30))
    assert caught.value.said == "error: Unauthorized"


def test_a_watch_ends_with_who_looks_at_it(tmp_path: Path) -> None:
    kubectl = fake_kubectl(tmp_path, f'echo $$ > "$here/pid"\n{WATCHED}exec sleep 60')
    events = kubectl.watch("tcfg", quiet_seconds=30)
    next(events)

    events.close()  # type: ignore[attr-defined]  # a generator

    pid = (tmp_path / "pid").read_text().strip()
    assert not Path("/proc", pid).exists()


def test_a_forwarded_port_is_the_one_that_kubectl_took(tmp_path: Path) -> None:
    kubectl = fake_kubectl(
        tmp_path, "echo 'Forwarding from 127.0.0.1:40123 -> 8081'; exec sleep 60"
    )

    with kubectl.forwarded("deployment/microshift-telemetry", 8081) as port:
        assert port == 40123


def test_a_port_that_can_not_be_forwarded_is_told(tmp_path: Path) -> None:
    kubectl = fake_kubectl(tmp_path, "echo 'error: unable to forward port' >&2; exit 1")

    with (
        pytest.raises(KubectlError, match="kubectl port-forward"),
        kubectl.forwarded("deployment/x", 8081),
    ):
        pass


def test_a_forward_that_says_nothing_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FORWARD_SECONDS", 0.05)
    kubectl = fake_kubectl(tmp_path, "exec sleep 60")

    with pytest.raises(SilenceError), kubectl.forwarded("deployment/x", 8081):
        pass


def test_a_kubectl_that_is_not_there_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(PluginError, match="cannot run"):
        Kubectl(str(tmp_path / "kubectl"), (), "x").run("version")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PluginError, match="neither kubectl nor oc is in the PATH"):
        find_program()


def test_oc_stands_in_for_kubectl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_kubectl(tmp_path, "exit 0")
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "kubectl").rename(tmp_path / "oc")

    assert find_program() == str(tmp_path / "oc")


def test_a_watch_of_nothing_outlives_the_api_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AGAIN_SECONDS", 0.01)
    kubectl = fake_kubectl(tmp_path, '[ -e "$here/again" ] && exit 1; touch "$here/again"; exit 0')

    assert list(itertools.islice(kubectl.watch("tcfg", quiet_seconds=30), 2)) == [ANEW, ANEW]
