"""`rotate`: new logins and keys now, with the services that read them deployed anew."""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from dify.secrets import METRICS_DATABASE, Kind, Secret, used_secrets
from operations.aws.call import opened
from operations.aws.calls import asking, wait_until
from operations.aws.deployed import Deployed
from operations.aws.function_call import invoke
from operations.aws.services import described, wait_until_stable
from operations.aws.stability import refuse_unfit
from operations.journal import Journal, Step
from operations.outcome import ExitCode, FailedError, RefusedError, WrongCallError
from operations.output import say
from settings.plan import deployments
from settings.plan import options as agreed

SCHEDULED = (Kind.DATABASE, Kind.CACHE)
"""Kinds that Secrets Manager rotates by itself: running tasks keep the login of before (components/rotation.py)."""

Stages = Mapping[str, Sequence[str]]
"""Versions of a secret with the labels of each."""

_CURRENT, _PENDING = "AWSCURRENT", "AWSPENDING"
_ROTATION = "rotation"
_SECONDS = 1800
"""Four calls of a function that may take a quarter of an hour each; they take seconds where nothing is wrong."""

_READERS_SECONDS = 600
"""The function asks for the deployments in its last call, a moment after the version has changed."""


def options(command: argparse.ArgumentParser) -> None:
    """What `rotate` takes beside the stack."""
    command.add_argument("secret", nargs="?", help="its name in docs/secure.md (default: every login)")


def command(chosen: argparse.Namespace) -> ExitCode:
    """`rotate STACK [SECRET]`."""
    with opened(chosen, "rotate", {"secret": chosen.secret}) as (deployed, journal):
        Rotation(deployed=deployed, journal=journal, secret=chosen.secret).run()
    return ExitCode.DONE


@dataclass(frozen=True, kw_only=True)
class Rotation:
    """One rotation of `secret`, or of every login of `deployed`."""

    deployed: Deployed
    journal: Journal
    secret: str | None = None

    def run(self) -> None:
        """Refuse what must stay, then take the steps. Raises RefusedError."""
        self.journal.decide("versions", self._checked)
        self.journal.run(self.steps())
        if self.journal.file is not None:
            names = ", ".join(self.journal.decisions["versions"])
            say(f"{self.deployed.stack}: rotated {names}; whoever reads them runs with the new value")

    def steps(self) -> Sequence[Step]:
        """One secret after the other: a service that reads two of them is then deployed twice, and stands between."""
        steps: list[Step] = []
        for secret, readers in self._chosen():
            name = secret.name
            steps.append(Step(name=name, does=f"rotating {name}", run=partial(self._rotate, secret, readers)))
            if readers:
                does = f"waiting until {', '.join(readers)} run with it"
                steps.append(Step(name=f"{name} readers", does=does, run=partial(self._wait, secret, readers)))
        return steps

    def _chosen(self) -> list[tuple[Secret, tuple[str, ...]]]:
        settings = self.deployed.settings
        known = [*used_secrets(deployments(settings), agreed(settings))]
        if METRICS_DATABASE.name in self.deployed.outputs["secrets"]:
            # A function's, which reads it at each call.
            known.append((METRICS_DATABASE, ()))
        if self.secret is None:
            return [(secret, readers) for secret, readers in known if secret.kind in SCHEDULED]
        found = [(secret, readers) for secret, readers in known if secret.name == self.secret]
        if not found:
            names = ", ".join(secret.name for secret, _ in known if secret.kind is not Kind.FIXED)
            raise WrongCallError(f"rotate: got {self.secret}; {self.deployed.stack} can rotate {names}")
        return found

    def _checked(self) -> dict[str, str]:
        """The version that is current of each. A key is another matter than a login: both sides must change at once."""
        chosen = self._chosen()
        for secret, _ in chosen:
            if secret.kind is Kind.FIXED:
                raise RefusedError(
                    f"rotate: {secret.name} must stay what it is: a new SECRET_KEY ends every session and makes stored "
                    "logins of model providers unreadable"
                )
        refuse_unfit(self.deployed)
        return {secret.name: self._version(secret) for secret, _ in chosen}

    def _rotate(self, secret: Secret, readers: Sequence[str]) -> None:
        """A version that has changed since the call began is not changed again."""
        before, arn = self.journal.decisions["versions"][secret.name], self._arn(secret)
        if self._version(secret) != before:
            return
        self.journal.decide(f"deployments {secret.name}", lambda: self._deployments(readers))
        if secret.kind not in SCHEDULED:
            invoke(self.deployed, _ROTATION, json.dumps({"replace": arn}))
            return
        self._ask(secret)
        wait_until(
            f"rotation of {secret.name}",
            lambda: None if self._version(secret) != before else "the old version is current",
            seconds=_SECONDS,
            otherwise=f"read /aws/lambda/{self.deployed.outputs['functions'][_ROTATION]}; asked again, it goes on",
        )

    def _ask(self, secret: Secret) -> None:
        """Where a rotation was begun before, by schedule or by a call that was interrupted, Secrets Manager refuses and
        goes on with that one (AWS Secrets Manager API Reference, RotateSecret)."""
        manager = self.deployed.client("secretsmanager")
        with asking("secretsmanager:RotateSecret"):
            try:
                manager.rotate_secret(SecretId=self._arn(secret))
            except manager.exceptions.InvalidRequestException:
                if _labelled(self._stages(secret), _PENDING) is None:
                    raise
                say(f"  a rotation of {secret.name} was begun before; Secrets Manager goes on with it")

    def _wait(self, secret: Secret, readers: Sequence[str]) -> None:
        """Until each reader has a deployment that began since. The function starts them just after the version has
        changed; where ECS refused one, it is asked for once more."""
        before: Mapping[str, str] = self.journal.decisions.get(f"deployments {secret.name}", {})

        def look() -> str | None:
            late = [name for name, deployment in self._deployments(readers).items() if deployment == before.get(name)]
            return f"{', '.join(late)} not deployed anew yet" if late else None

        try:
            wait_until("readers", look, seconds=_READERS_SECONDS, otherwise="asking for it once more")
        except FailedError as error:
            say(f"  {error}")
            invoke(self.deployed, _ROTATION, json.dumps({"redeploy": self._arn(secret)}))
        wait_until_stable(self.deployed, readers)

    def _deployments(self, names: Sequence[str]) -> dict[str, str]:
        """The deployment that each service has or is coming to."""
        found = described(self.deployed, names)
        return {one["serviceName"]: _primary(one["deployments"]) for one in found}

    def _arn(self, secret: Secret) -> str:
        return self.deployed.outputs["secrets"][secret.name]

    def _version(self, secret: Secret) -> str:
        """What is current."""
        return _labelled(self._stages(secret), _CURRENT) or ""

    def _stages(self, secret: Secret) -> Stages:
        """DescribeSecret shows no value."""
        with asking("secretsmanager:DescribeSecret"):
            found = self.deployed.client("secretsmanager").describe_secret(SecretId=self._arn(secret))
        return found["VersionIdsToStages"]


def _labelled(stages: Stages, label: str) -> str | None:
    return next((version for version, labels in stages.items() if label in labels), None)


def _primary(deployments: Sequence[Mapping[str, Any]]) -> str:
    return next((one["id"] for one in deployments if one["status"] == "PRIMARY"), "")
