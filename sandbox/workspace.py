"""An isolated place for the real engine: its own state, settings copy and provider; nothing tracked ever changes."""

# ruff: noqa: S603  the commands are this module's own

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sandbox import faults, tree

_PASSPHRASE = "sandbox"  # noqa: S105
"""Guards nothing: the state of a sandbox holds invented values only."""

_STRANGERS = ("PULUMI_", "AWS_", "DOCKER_")
"""Variables of the user's own Pulumi, AWS and Docker set-up that a sandbox must not see."""

ONE_CHECKPOINT = {"PULUMI_SKIP_CHECKPOINTS": "true"}
"""The engine writes the state once, at the end of an operation, and not after each step, which takes three quarters of
the time of a large stack (engine 3.259, sdk/go/common/env). For what nobody would take up where it broke off."""


@dataclass
class Workspace:
    """`program` holds Pulumi.yaml; `home` belongs to this workspace alone; `settings` is the stack file to copy, or
    None for a stack without settings."""

    program: Path
    stack: str
    home: Path
    settings: Path | None
    environment: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def event_log(self) -> Path:
        """One JSON event of the engine a line, of the last operation."""
        return self.home / "events.json"

    @property
    def config_file(self) -> Path:
        """The private copy of the stack file."""
        return self.home / f"Pulumi.{self.stack}.yaml"

    def create(self) -> None:
        """Start from nothing: an empty state that knows the stack."""
        shutil.rmtree(self.home, ignore_errors=True)
        (self.home / "state").mkdir(parents=True)
        self.renew_settings()
        # `stack init` writes the key's salt into the stack file beside Pulumi.yaml: it gets a Pulumi.yaml of its own.
        project = re.search(r"^name:.*$", (self.program / "Pulumi.yaml").read_text(), re.MULTILINE)
        (self.home / "Pulumi.yaml").write_text(f"{project[0] if project else 'name: sandbox'}\nruntime: python\n")
        self.run(["stack", "init", self.stack, "--no-select", "--cwd", str(self.home)], check=True)

    def open(self) -> None:
        """Go on with the state that is there, under the settings of today; start from nothing where there is none."""
        if (self.home / "state").exists():
            self.renew_settings()
        else:
            self.create()

    def renew_settings(self) -> None:
        """Copy the stack file again, with the salt that belongs to the state."""
        salt = ""
        if self.config_file.exists():
            salt = "".join(re.findall(r"^encryptionsalt:.*\n", self.config_file.read_text(), re.MULTILINE))
        text = "" if self.settings is None else re.sub(r"(?m)^encryptionsalt:.*\n?", "", self.settings.read_text())
        self.config_file.write_text(f"{text.rstrip()}\n{salt}")

    def run(self, arguments: Sequence[str], *, check: bool = False) -> "subprocess.CompletedProcess[str]":
        """Run `pulumi` to its end and keep what it prints."""
        return subprocess.run(
            self.command(arguments), cwd=self.program, env=self.variables(), text=True, capture_output=True, check=check
        )

    def stream(self, arguments: Sequence[str]) -> int:
        """Run `pulumi` with the caller's output; returns its exit code."""
        return subprocess.run(self.command(arguments), cwd=self.program, env=self.variables(), check=False).returncode

    def show_tree(self, arguments: Sequence[str]) -> int:
        """As `stream`, with the resources as a tree before the engine's closing sections. Without a terminal the engine
        itself prints a flat line for each step."""
        shown = sys.stdout
        ends = re.compile(r"(Policies|Diagnostics|Outputs|Resources):")
        closing: list[str] = []
        with subprocess.Popen(
            self.command(arguments), cwd=self.program, env=self.variables(), text=True, stdout=subprocess.PIPE
        ) as engine:
            for line in engine.stdout or ():
                if closing or ends.match(line):
                    closing.append(line)
                elif line[:1].isalpha():
                    shown.write(line)
                    shown.flush()
        shown.writelines(f"{row}\n" for row in tree.lines(self.event_log))
        shown.writelines(["\n", *closing])
        shown.flush()
        return engine.returncode

    def command(self, arguments: Sequence[str]) -> list[str]:
        """The command line of `pulumi` for this stack."""
        subject = [] if arguments[0] == "policy" or arguments[:2] == ["stack", "init"] else ["--stack", self.stack]
        copy = ["--config-file", str(self.config_file)] if arguments[0] in _READS_SETTINGS else []
        return [_pulumi(), *arguments, *subject, *copy, "--non-interactive"]

    def variables(self) -> dict[str, str]:
        """The environment of the engine and of everything it starts."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(_STRANGERS)}
        tools = str(Path(sys.executable).parent)
        return {
            **inherited,
            "PATH": os.pathsep.join([tools, inherited.get("PATH", "")]),
            "PULUMI_HOME": str(self.home / "pulumi-home"),
            "PULUMI_BACKEND_URL": f"file://{self.home / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": _PASSPHRASE,
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DEBUG_COMMANDS": "true",
            "PYTHONDONTWRITEBYTECODE": "",
            **self.environment,
        }


_READS_SETTINGS = ("preview", "up", "destroy", "refresh")


def _pulumi() -> str:
    tools = str(Path(sys.executable).parent)
    found = shutil.which("pulumi", path=os.pathsep.join([tools, os.environ.get("PATH", "")]))
    if found is None:
        message = "pulumi is missing; run sandbox/setup"
        raise FileNotFoundError(message)
    return found


@contextmanager
def providers(faults_json: str = "") -> Generator[Mapping[str, str]]:
    """Run the stand-in providers; gives the variables that make the engine use them."""
    root = Path(__file__).resolve().parent.parent
    environment = {**os.environ, "PYTHONPATH": str(root), faults.VARIABLE: faults_json}
    server = subprocess.Popen(
        [sys.executable, "-m", "sandbox.serve"], cwd=root, env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        addresses = server.stdout.readline().strip() if server.stdout is not None else ""
        if not addresses:
            message = "the stand-in providers did not start"
            raise RuntimeError(message)
        yield {"PULUMI_DEBUG_PROVIDERS": addresses}
    finally:
        server.terminate()
        server.wait()
