"""The user's own `pulumi`, called as a person would; it logs in, asks for its passphrase and shows what it does."""

# ruff: noqa: S603  the command is this module's own, without a shell

import json
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from operations.outcome import FailedError, WrongCallError

RELEASE_KEY = "dify:release"

_HISTORY = 50
"""Updates to look back for a whole one among those of single resources."""

_PARTLY = ("pulumi.flag.target", "pulumi.flag.exclude")
"""What an update of some resources only is marked with."""


@dataclass(frozen=True, kw_only=True)
class PlannedChange:
    """What an update would do to one resource: Pulumi's `operation`, such as `update` or `replace`."""

    operation: str
    urn: str
    protected: bool

    @property
    def type(self) -> str:
        """Its type, for example `aws:rds/instance:Instance`."""
        return self.urn.split("::")[2].rpartition("$")[2]

    @property
    def name(self) -> str:
        """Its name in the program."""
        return self.urn.rpartition("::")[2]


@dataclass(frozen=True, kw_only=True)
class PulumiProgram:
    """The program in `folder`, brought up as `stack` by the executable `pulumi`. `policies` are the options that name
    the policy pack which judges each preview and update."""

    stack: str
    folder: Path
    pulumi: str = "pulumi"
    policies: Sequence[str] = ()

    def find(self) -> None:
        """Raises WrongCallError where there is no such executable."""
        if shutil.which(self.pulumi) is None:
            raise WrongCallError(
                f"{self.pulumi}: there is no such program; install Pulumi, or name it with --pulumi PATH"
            )

    def set_release(self, release: str) -> None:
        """Write `release` into the stack file."""
        self._run("config", "set", RELEASE_KEY, release)

    def up(self, *targets: str) -> None:
        """Bring the stack to what the program says, in the order that the program gives. `targets` are URNs with
        wildcards; where there are any, nothing else is touched."""
        chosen = [part for target in targets for part in ("--target", target)]
        self._run("up", "--yes", "--skip-preview", *self.policies, *chosen)

    def preview(self) -> list[PlannedChange]:
        """What `up` would do, without what stays the same. Raises FailedError where the program or a mandatory policy
        says no (Pulumi CLI 3.259, `preview --json`)."""
        command = ("preview", *self.policies)
        plan = self._json(*command, "--json", otherwise=f"`pulumi {' '.join(command)} --stack {self.stack}` says why")
        steps = cast("Sequence[Mapping[str, Any]]", plan.get("steps", ()))
        return [
            PlannedChange(operation=step["op"], urn=step["urn"], protected=_is_protected(step))
            for step in steps
            if step["op"] != "same"
        ]

    def tried_release(self) -> str | None:
        """The release that the last update of the whole stack has brought; None where that failed, or never was.

        An update of single resources is none: the history marks it by the option that it was called with (Pulumi CLI
        3.259, `stack history --json`)."""
        updates = self._json("stack", "history", "--json", "--page-size", str(_HISTORY), otherwise="log in to Pulumi")
        for update in cast("Sequence[Mapping[str, Any]]", updates):
            partly = any(option.startswith(_PARTLY) for option in update.get("environment", {}))
            if update["kind"] in ("update", "destroy") and not partly:
                brought = update["kind"] == "update" and update["result"] == "succeeded"
                return update["config"].get(RELEASE_KEY, {}).get("value") if brought else None
        return None

    def outputs(self) -> dict[str, Any]:
        """What the stack says of itself (assembly/outputs.py). Raises FailedError where it cannot be asked."""
        return self._json("stack", "output", "--json", otherwise="log in to Pulumi")

    def export(self) -> dict[str, Any]:
        """The stack's state, in which secrets stay as the stack encrypts them (pulumi/pulumi,
        sdk/go/common/apitype, UntypedDeployment, version 3)."""
        return self._json("stack", "export", otherwise="log in to Pulumi")

    def take(self, state: Path) -> None:
        """Have the state in this file be the stack's."""
        self._said("stack", "import", "--file", str(state.absolute()), otherwise="mend it and call it again")

    def refresh(self, urn: str) -> None:
        """Read one resource anew from where it is."""
        self._run("refresh", "--yes", "--skip-preview", "--target", urn)

    def _json(self, *arguments: str, otherwise: str) -> Any:
        return json.loads(self._said(*arguments, otherwise=otherwise))

    def _said(self, *arguments: str, otherwise: str) -> str:
        """What a command answers. Raises FailedError with its last line and `otherwise`, which mends it."""
        done = self._call(*arguments, heard=True)
        if done.returncode:
            why = (done.stderr.strip() or done.stdout.strip() or "it said nothing").splitlines()[-1]
            called = " ".join(one for one in arguments if one != "--json")
            raise FailedError(f"`pulumi {called}` ended with {done.returncode}: {why}; {otherwise}")
        return done.stdout

    def _run(self, *arguments: str) -> None:
        done = self._call(*arguments)
        if done.returncode:
            raise FailedError(f"`pulumi {' '.join(arguments)}` ended with {done.returncode}; its own lines say why")

    def _call(self, *arguments: str, heard: bool = False) -> subprocess.CompletedProcess[str]:
        """One call, waited for whatever comes; its words are `heard` here, else whoever called sees them.

        Each Ctrl-C is passed on: Pulumi then ends what it has begun and writes its state, and takes a second one as the
        order to stop at once. Killed, it would leave the stack locked, and its state without what it was making. It has
        a session of its own, so that a terminal tells it nothing itself: neither Ctrl-C, of which it would hear twice,
        nor that the connection is lost."""
        stream = subprocess.PIPE if heard else None
        called = subprocess.Popen(
            [self.pulumi, *arguments, "--stack", self.stack, "--non-interactive"],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            text=True,
            start_new_session=True,
        )
        interrupted = False
        while True:
            try:
                said, complained = called.communicate()
                break
            except KeyboardInterrupt:
                interrupted = True
                called.send_signal(signal.SIGINT)
        if interrupted:
            raise KeyboardInterrupt
        return subprocess.CompletedProcess(called.args, called.returncode, said, complained)


def _is_protected(step: Mapping[str, Any]) -> bool:
    old = cast("Mapping[str, Any] | None", step.get("oldState"))
    return old is not None and bool(old.get("protect"))
