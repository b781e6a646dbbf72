"""The user's own `pulumi`, called as a person would; it logs in, asks for its passphrase and shows what it does."""

# ruff: noqa: S603  the command is this module's own, without a shell

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

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
        """Bring the stack to what the program says, in the order that the program gives."""
        self._run("up", "--yes", "--skip-preview")

    def outputs(self) -> dict[str, Any]:
        """What the stack says of itself (assembly/outputs.py). Raises FailedError where it cannot be asked."""
        done = subprocess.run(
            [self.pulumi, "stack", "output", "--json", "--stack", self.stack, "--non-interactive"],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            why = (done.stderr.strip() or "it said nothing").splitlines()[-1]
            raise FailedError(f"`pulumi stack output` ended with {done.returncode}: {why}")
        return cast("dict[str, Any]", json.loads(done.stdout))

    def _run(self, *arguments: str) -> None:
        done = subprocess.run(
            [self.pulumi, *arguments, "--stack", self.stack, "--non-interactive"],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        if done.returncode:
            raise FailedError(f"`pulumi {' '.join(arguments)}` ended with {done.returncode}; its own lines say why")
