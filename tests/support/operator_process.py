"""The operator as its own process, from the environment that holds its run-time lock alone, with
the variables that the image sets."""

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Self
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

from tests.support.go_toolchain import REPOSITORY
from tests.support.image_environment import image_environment
from tests.support.process import ManagedProcess, address, free_port

PYTHON = REPOSITORY / ".venv-operator" / "bin" / "python"


class OperatorProcess:
    """One running operator; made again with the same directory, it is the next start of it."""

    def __init__(
        self,
        directory: Path,
        kubeconfig: Path,
        host_root: Path,
        *,
        host: str = "127.0.0.1",
        environment: Mapping[str, str | None] | None = None,
    ) -> None:
        """Start it; `began` tells when, by the monotonic clock.

        Its state and log lie in `directory`; `host_root` shows it the device's files; it serves on
        `host`. `environment` goes over the image's, a None takes a variable away.

        Raises:
            FileNotFoundError: `make setup` has not been run.
        """
        if not self.python.exists():
            raise FileNotFoundError(f"{self.python} is missing: run `make setup`")
        (state := directory / "state").mkdir(parents=True, exist_ok=True)
        listen, preview = (address(host, free_port(host)) for _ in range(2))
        self.health_url, self.preview_url = f"http://{listen}/healthz", f"http://{preview}/preview"
        self.began = time.monotonic()
        self._process = ManagedProcess(
            "operator",
            [self.python, "-m", "microshift_telemetry"],
            directory / "operator.log",
            _merged(
                image_environment(),
                {
                    "PATH": os.defpath,
                    "KUBECONFIG": str(kubeconfig),
                    "TELEMETRY_HOST_ROOT": str(host_root),
                    "TELEMETRY_STATE_DIR": str(state),
                    "TELEMETRY_LISTEN": listen,
                    "TELEMETRY_PREVIEW_LISTEN": preview,
                },
                environment or {},
            ),
        )

    @property
    def python(self) -> Path:
        """That of the environment which has this version."""
        return PYTHON

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """`None` while it runs."""
        return self._process.exit_code

    def health(self) -> int:
        """Ask `/healthz` and give the status code; 0 when nothing answers."""
        try:
            with build_opener(ProxyHandler({})).open(self.health_url, timeout=5) as response:
                return int(response.status)
        except HTTPError as error:
            return error.code
        except OSError:
            return 0

    @property
    def metrics_url(self) -> str:
        return self.health_url.replace("/healthz", "/metrics")

    def metrics(self) -> str:
        """Scrape it as a collector does."""
        with build_opener(ProxyHandler({})).open(self.metrics_url, timeout=5) as response:
            return str(response.read().decode())

    def wait_until_healthy(self, seconds: float = 30) -> None:
        """Wait until `/healthz` answers 200.

        Raises:
            ProcessError: it exited, or does not answer so in time.
        """
        self._process.wait_until(lambda: self.health() == 200, seconds)

    def wait(self, seconds: float) -> int:
        """Wait for it to end by itself and tell its exit code.

        Raises:
            ProcessError: it still runs.
        """
        return self._process.wait(seconds)

    def stop(self) -> float:
        """Send SIGTERM and tell how many seconds it took to exit (killed after 15)."""
        return self._process.stop(grace_seconds=15)

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        self._process.kill()

    def log(self) -> str:
        """What it has logged since this start."""
        return self._process.log()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _merged(*layers: Mapping[str, str | None]) -> dict[str, str]:
    """Let later ones win; None takes a variable away."""
    variables = {name: value for layer in layers for name, value in layer.items()}
    return {name: value for name, value in variables.items() if value is not None}
