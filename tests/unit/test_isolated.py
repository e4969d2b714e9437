"""Which of the user's settings reach pip: `pip config list` says it, and which are left out."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.go_toolchain import REPOSITORY

ISOLATED = str(REPOSITORY / "requirements" / "isolated.py")


def heeded(home: Path, **variables: str) -> set[str]:
    """List what pip goes by because of these variables and the files of this home."""
    return told(home, **variables) - told(home / "empty")


def told(home: Path, **variables: str) -> set[str]:
    """List all that pip goes by, with what the machine's own file says."""
    environment = {"PATH": os.defpath, "HOME": str(home), **variables}
    command = [sys.executable, ISOLATED, "pip", "config", "list"]
    return set(subprocess.check_output(command, env=environment, text=True).splitlines())


def lay_file(home: Path, *lines: str) -> None:
    file = home / ".config" / "pip" / "pip.conf"
    file.parent.mkdir(parents=True)
    file.write_text("\n".join(lines))


def test_where_packages_come_from_is_heeded(tmp_path: Path) -> None:
    assert heeded(
        tmp_path,
        PIP_INDEX_URL="https://mirror.example.com/simple",
        PIP_EXTRA_INDEX_URL="https://other.example.com/simple",
        PIP_FIND_LINKS="/a /b",
        PIP_PROXY="http://proxy.example.com:3128",
        PIP_CERT="/etc/ca.pem",
        PIP_CACHE_DIR="/var/cache/pip",
    ) == {
        ":env:.index-url='https://mirror.example.com/simple'",
        ":env:.extra-index-url='https://other.example.com/simple'",
        ":env:.find-links='/a /b'",
        ":env:.proxy='http://proxy.example.com:3128'",
        ":env:.cert='/etc/ca.pem'",
        ":env:.cache-dir='/var/cache/pip'",
    }


def test_what_moves_an_install_is_not(tmp_path: Path) -> None:
    assert not heeded(
        tmp_path,
        **{
            f"PIP_{name}": "1"
            for name in (
                *("CONSTRAINT", "BUILD_CONSTRAINT", "REQUIREMENT", "EDITABLE", "GROUP"),
                *("TARGET", "PREFIX", "ROOT", "USER", "PYTHON", "PLATFORM", "ABI", "DRY_RUN"),
                *("PRE", "UPGRADE", "NO_BINARY", "ONLY_BINARY", "UPLOADED_PRIOR_TO", "QUIET"),
            )
        },
    )


def test_a_file_is_read_likewise_and_a_variable_comes_first(tmp_path: Path) -> None:
    lay_file(
        tmp_path,
        *("[global]", "index-url = https://file.example.com/%%20/simple", "user = true"),
        *("quiet = 1", "timeout = 20", "find-links =", "    /a", "    /b"),
        *("[install]", "constraint = /c.txt", "timeout = 30"),
        *("[list]", "index-url = https://list.example.com"),
    )

    assert heeded(tmp_path, PIP_FIND_LINKS="/c") == {
        ":env:.index-url='https://file.example.com/%%20/simple'",
        ":env:.find-links='/c'",
        ":env:.timeout='30'",
    }


def test_the_file_of_a_variable_is_read(tmp_path: Path) -> None:
    file = tmp_path / "other.conf"
    file.write_text("[global]\nno-index = true\ntarget = /t\n")

    assert heeded(tmp_path, PIP_CONFIG_FILE=str(file)) == {":env:.no-index='true'"}


def test_no_module_is_taken_from_pythonpath(tmp_path: Path) -> None:
    (tmp_path / "ast.py").write_text("raise ImportError('of somebody else')")
    (tmp_path / "pip.py").write_text("raise ImportError('of somebody else')")

    environment = {"PATH": os.defpath, "PYTHONPATH": str(tmp_path)}
    pip = [sys.executable, "-I", ISOLATED, "pip", "--version"]
    subprocess.run(pip, env=environment, check=True)
