"""Operations of the real engine on a sandbox, with what they did."""

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.events import operations
from sandbox.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]

STATEFUL = re.compile(
    r"aws:(rds/instance|elasticache/replicationGroup|opensearch/domain|s3/bucket|kms/key|secretsmanager/secret|backup/vault):[A-Z]"
)
"""Types that hold data or what decrypts it."""


@dataclass(frozen=True)
class Done:
    """`operations` by URN, such as `create` or `same`."""

    code: int
    text: str
    operations: dict[str, str]

    def names(self, operation: str) -> set[str]:
        """Names of the resources that met `operation`."""
        return {urn.rsplit("::", 1)[-1] for urn, done in self.operations.items() if done == operation}

    def stateful(self) -> dict[str, str]:
        """Operations on what holds data, by name."""
        return {
            urn.rsplit("::", 1)[-1]: done
            for urn, done in self.operations.items()
            if STATEFUL.match(urn.split("::")[2].split("$")[-1])
        }


@dataclass(frozen=True)
class Place:
    """A workspace and short words for what is done in it."""

    workspace: Workspace

    def preview(self, *flags: str) -> Done:
        return self._do("preview", *flags)

    def up(self, *flags: str) -> Done:
        return self._do("up", "--yes", "--skip-preview", *flags)

    def destroy(self, *flags: str) -> Done:
        """With the engine's own preview first, as an operator would: it is what refuses before anything is deleted."""
        return self._do("destroy", "--yes", *flags)

    def configure(self, **values: str | bool) -> None:
        """Settings for the next operation of a program whose project is named like its folder."""
        project = self.workspace.program.name
        lines = [f"  {project}:{name}: {json.dumps(str(value))}\n" for name, value in values.items()]
        salt = [
            line for line in self.workspace.config_file.read_text().splitlines(True) if line.startswith("encryption")
        ]
        self.workspace.config_file.write_text("".join(["config:\n", *lines, *salt]))

    def edit(self, before: str, after: str) -> None:
        """Replace a text in the private copy of the stack file."""
        text = self.workspace.config_file.read_text()
        assert text.count(before) == 1, f"{before!r} stands {text.count(before)} times in the stack file"
        self.workspace.config_file.write_text(text.replace(before, after))

    def resources(self) -> list[dict[str, Any]]:
        """The resources of the exported state."""
        state = json.loads(self.workspace.run(["stack", "export"], check=True).stdout)
        return state["deployment"].get("resources") or []

    def _do(self, *arguments: str) -> Done:
        self.workspace.event_log.unlink(missing_ok=True)
        ran: subprocess.CompletedProcess[str] = self.workspace.run(
            [*arguments, "--event-log", str(self.workspace.event_log)]
        )
        return Done(ran.returncode, ran.stdout + ran.stderr, operations(self.workspace.event_log))
