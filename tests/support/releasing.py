"""`make release` in a checkout of its own, with keys of nobody's."""

import os
import shutil
import subprocess
from pathlib import Path

from tests.support.checkout import copy_of_the_checkout
from tests.support.go_toolchain import REPOSITORY
from tests.support.packages import PackagingError
from tests.support.stand_in_image import StandIn, pack_layout

AUTHOR = ("-c", "user.name=Test", "-c", "user.email=test@example.com")
DATE = "2026-11-20T00:00:00Z"
"""Of the commit, so that the same sources give the same commit."""
IMAGE = "registry.example.com/edge/microshift-telemetry"


class Keys:
    """A directory of gpg's with two keys, and their public parts in files."""

    def __init__(self, directory: Path) -> None:
        """Make them; gpg's agent lives until `close`."""
        directory.mkdir(mode=0o700)
        self.directory = directory
        self.ours, self.foreign = (self._make(name) for name in ("ours", "foreign"))

    def public(self, fingerprint: str) -> Path:
        """Give the file with a public key."""
        return self.directory / f"{fingerprint}.asc"

    def sign(self, file: Path, fingerprint: str) -> None:
        """Sign a file, beside it."""
        self._gpg("--yes", f"--local-user={fingerprint}", "--armor", "--detach-sign", str(file))

    def sign_package(self, package: Path, fingerprint: str) -> None:
        """Sign an RPM, in place of who has signed it before."""
        rpm = ("rpmsign", f"--define=_dbpath {self.directory}/rpm", "--define=__gpg /usr/bin/gpg")
        self._run(*rpm, f"--define=_gpg_name {fingerprint}", "--resign", str(package))

    @property
    def environment(self) -> dict[str, str]:
        """What lets gpg, and whoever starts it, use them."""
        return {**os.environ, "GNUPGHOME": str(self.directory)}  # noqa: TID251  # handed on

    def close(self) -> None:
        """End gpg's agent."""
        self._run("gpgconf", "--kill", "gpg-agent")

    def _make(self, name: str) -> str:
        user = f"{name} <{name}@example.com>"
        self._gpg("--passphrase=", "--quick-generate-key", user, "rsa3072", "sign", "never")
        listed = self._gpg("--with-colons", "--list-keys", user)
        fingerprint = next(
            line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr:")
        )
        self.public(fingerprint).write_text(self._gpg("--armor", "--export", fingerprint))
        return fingerprint

    def _gpg(self, *arguments: str) -> str:
        return self._run("gpg", "--batch", "--quiet", *arguments)

    def _run(self, *command: str) -> str:
        return subprocess.run(
            command, env=self.environment, stdout=subprocess.PIPE, text=True, check=True
        ).stdout


class Releaser:
    """A maintainer with a clone, in which everything is committed."""

    def __init__(self, directory: Path) -> None:
        """Clone what this checkout has, with environments that need not be made anew."""
        self.checkout = copy_of_the_checkout(directory)
        (self.checkout / ".venv").symlink_to(REPOSITORY / ".venv")
        self._git("init", "--quiet")
        (self.checkout / ".git" / "info" / "exclude").write_text(".venv\n")
        self.commit()

    def commit(self) -> None:
        """Commit everything."""
        self._git("add", "--all")
        self._git("commit", "--quiet", "--message=all")

    def remember(self) -> None:
        """Take the newest commit for the one to go back to."""
        self._git("branch", "--force", "released")

    @property
    def revision(self) -> str:
        """Of the newest commit."""
        return self._git("rev-parse", "HEAD").strip()

    def archives(self, directory: Path, *images: StandIn) -> list[str]:
        """Lay archives of images."""
        return [
            str(pack_layout(each.lay(directory / str(n)), directory / f"{n}.tar"))
            for n, each in enumerate(images)
        ]

    def make(self, *arguments: str, environment: dict[str, str] | None = None) -> str:
        """Run make with the code of the clone.

        Raises:
            PackagingError: it ended with an error; the text is what it said.
        """
        own = f"env PYTHONPATH={self.checkout}/operator:{self.checkout} .venv/bin/python"
        done = subprocess.run(
            ["make", "--silent", f"PY={own}", *arguments],
            cwd=self.checkout,
            env={**(environment or os.environ), "MAKEFLAGS": "", "MAKELEVEL": ""},  # noqa: TID251  # handed on
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise PackagingError(done.stdout + done.stderr)
        return done.stdout

    def release(
        self, version: str, archives: list[str], keys: Keys | None = None, *, into: Path
    ) -> Path:
        """Make a release, signed by our key if there are any, and give its directory."""
        self.make(
            *("release", f"VERSION={version}", f"IMAGE={IMAGE}", f"RELEASES={into}"),
            f"IMAGE_ARCHIVES={' '.join(archives)}",
            *([f"SIGN_KEY={keys.ours}"] if keys else []),
            environment=keys.environment if keys else None,
        )
        return into / version

    def tag_before(self, tag: str) -> None:
        """Tag the commit before the newest."""
        self._git("tag", tag, "HEAD^")

    def status(self) -> str:
        """Tell what is not committed."""
        return self._git("status", "--porcelain")

    def undo(self) -> None:
        """Go back to the newest release's commit; those that came after it are left."""
        self._git("reset", "--quiet", "--hard", "released")
        self._git("tag", "--delete", *self._git("tag", "--list", "v*").split())

    def _git(self, *arguments: str) -> str:
        dates = {"GIT_AUTHOR_DATE": DATE, "GIT_COMMITTER_DATE": DATE}
        return subprocess.run(
            ["git", *AUTHOR, *arguments],
            cwd=self.checkout,
            env={**os.environ, **dates},  # noqa: TID251  # handed on
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout


def needs() -> str:
    """Name what is missing for a release, if anything is."""
    missing = [each for each in ("rpmbuild", "rpmsign", "gpg", "git") if not shutil.which(each)]
    return f"{' and '.join(missing)} not installed" if missing else ""
