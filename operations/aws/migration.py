"""The migration: a task that changes the schema of Dify's database, run once for a release."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from dify.services import MIGRATION
from operations.aws.calls import asking, wait_until
from operations.aws.deployed import Deployed
from operations.journal import Journal
from operations.outcome import FailedError
from operations.output import say

_SECONDS = 6 * 3600
"""An index of a large table takes hours."""

_LOG_LINES = 10
_PREFIX = "migration "
_TASK = "task "
"""Decisions of the journal, followed by the number of the attempt."""


def has_begun(journal: Journal) -> bool:
    """Whether a migration was asked for: from then on nobody knows which schema there is."""
    return any(name.startswith(_PREFIX) for name in journal.decisions)


@dataclass(frozen=True, kw_only=True)
class Migration:
    """The migration of `deployed`. Each attempt is named in the journal before ECS is asked, and ECS starts no second
    task under one name: a call after a crash goes on with the task that runs, and none runs beside it."""

    deployed: Deployed
    journal: Journal

    def run(self) -> None:
        """Go on with the last attempt where it runs or has ended well, else begin a new one. Raises FailedError with
        the end of its log."""
        attempt = max(1, sum(name.startswith(_PREFIX) for name in self.journal.decisions))
        begun = self.journal.decisions.get(f"{_TASK}{attempt}")
        if begun is not None and _has_failed(self._find(begun)):
            attempt += 1
        token = self.journal.decide(f"{_PREFIX}{attempt}", lambda: str(uuid.uuid4()))
        task = self.journal.decide(f"{_TASK}{attempt}", lambda: self._start(token))
        wait_until(
            "migration",
            lambda: self._state(task),
            seconds=_SECONDS,
            otherwise=f"it still runs; read {self._log_group}, and call again to go on waiting",
        )

    def _start(self, token: str) -> str:
        """The task's ARN, of the one that runs where ECS has met `token` before (Amazon ECS API Reference, RunTask)."""
        # Its definition is of this release only since the update before: the outputs that were read first are older.
        outputs = self.deployed.program.outputs()
        network = {
            "subnets": outputs["private_subnets"],
            "securityGroups": [outputs["migration_security_group"]],
            "assignPublicIp": "DISABLED",
        }
        with asking("ecs:RunTask"):
            answer = self.deployed.client("ecs").run_task(
                cluster=outputs["cluster"],
                taskDefinition=outputs["migration_task_definition"],
                launchType="FARGATE",
                clientToken=token,
                networkConfiguration={"awsvpcConfiguration": network},
            )
        if failures := answer.get("failures"):
            raise FailedError(f"migration: ECS does not start it: {failures[0].get('reason')}; call again once it can")
        return cast("str", answer["tasks"][0]["taskArn"])

    def _state(self, arn: str) -> str | None:
        task = self._find(arn)
        if task is None:
            raise FailedError(f"migration: ECS has forgotten its task; read {self._log_group}, then call again")
        if task["lastStatus"] != "STOPPED":
            return str(task["lastStatus"]).lower()
        if not _has_failed(task):
            return None
        for line in self._last_lines(arn):
            say(f"  {line}")
        code, why = _exit_code(task), task.get("stoppedReason") or "ECS does not say why"
        ended = f"with exit code {code}" if code is not None else f"before it began ({why})"
        raise FailedError(f"migration: it ended {ended}; its whole log is {self._log_group}")

    @property
    def _log_group(self) -> str:
        return f"{self.deployed.outputs['log_groups']}/{MIGRATION.name}"

    def _find(self, arn: str) -> Mapping[str, Any] | None:
        """The task; ECS forgets one about an hour after its end."""
        ecs, cluster = self.deployed.client("ecs"), self.deployed.outputs["cluster"]
        with asking("ecs:DescribeTasks"):
            found = cast("list[Mapping[str, Any]]", ecs.describe_tasks(cluster=cluster, tasks=[arn])["tasks"])
        return found[0] if found else None

    def _last_lines(self, task: str) -> list[str]:
        """The end of its log; the stream is named after the container and the task (Amazon ECS developer guide,
        "awslogs")."""
        stream = f"{MIGRATION.name}/{MIGRATION.name}/{task.rpartition('/')[2]}"
        try:
            with asking("logs:GetLogEvents"):
                events = self.deployed.client("logs").get_log_events(
                    logGroupName=self._log_group, logStreamName=stream, limit=_LOG_LINES, startFromHead=False
                )["events"]
        except FailedError as error:
            return [str(error)]
        return [event["message"].rstrip() for event in events]


def _exit_code(task: Mapping[str, Any]) -> int | None:
    codes = [one.get("exitCode") for one in task["containers"] if one["name"] == MIGRATION.name]
    return codes[0] if codes else None


def _has_failed(task: Mapping[str, Any] | None) -> bool:
    """Also where nobody knows any more how it ended: a schema that is migrated already stays as it is."""
    return task is None or (task["lastStatus"] == "STOPPED" and _exit_code(task) != 0)
