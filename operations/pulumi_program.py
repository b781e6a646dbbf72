"""The user's own `pulumi`, called as a person would; it logs in, asks for its passphrase and shows what it does."""

# ruff: noqa: S603  the command is this module's own, without a shell

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from operations.outcome import FailedError, WrongCallError

RELEASE_KEY = "dify:release"


@dataclass(frozen=True, kw_only=True)
class PulumiProgram:
    """The program in `folder`, brought up as `stack` by the executable `pulumi`."""

    stack: str
    folder: Path
    pulumi: str = "pulumi"

    def find(self) -> None:
        """Raises WrongCallError where there is no such executable."""
        if shutil.which(self.pulumi) is None:
            raise WrongCallError(
                f"{self.pulumi}: there is no such program; install Pulumi, or name it with --pulumi PATH"
            )

    def set_release(self, release: str) -> None:
        """Write `release` into the stack file."""
        self._run("config", "set", RELEASE_KEY, release)

    def up(self) -> None:
        """Bring the host to what the program says. The program orders it: one instance after the other."""
        self._run("up", "--yes", "--skip-preview")

    def _run(self, *arguments: str) -> None:
        done = subprocess.run(
            [self.pulumi, *arguments, "--stack", self.stack, "--non-interactive"],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        if done.returncode:
            raise FailedError(f"`pulumi {' '.join(arguments)}` ended with {done.returncode}; its own lines say why")
