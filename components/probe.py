"""The synthetic check: a function that asks Dify each minute, by its public name, what its users ask."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.component import Component
from components.function import Function, FunctionArgs, Inside
from components.iam import Statement, allow
from components.schedule import Schedule, publish_statements
from components.site import LogPolicy, Site
from dify.probe import Check, steps
from settings.probe import Probe as Choices

NAMESPACE = "Dify/Probe"

_TIMEOUT_SECONDS = 55
"""Under a minute, so that no check meets the one before it."""

_EVERY_MINUTE = Schedule(
    role="minute",
    purpose="Ask Dify as a user would",
    # The function decides by the minute whether an app is asked: each must come once.
    expression="cron(* * * * ? *)",
    # The next minute asks again: a late answer says nothing about now.
    late_seconds=60,
)


@dataclass(frozen=True, kw_only=True)
class ProbeArgs:
    """`domain` is the public name, `inside` a place in the network for those who are shut out elsewhere: a function
    outside it comes from any address of AWS."""

    site: Site
    logs: LogPolicy
    domain: str
    checks: Sequence[Check]
    choices: Choices
    inside: Inside | None = None


class Probe(Component):
    """A function on a schedule. It knows one key, to an app of the operator's choice, if any."""

    type_token = "dify:observability:Probe"  # noqa: S105

    function_name: pulumi.Output[str]

    def __init__(self, name: str, args: ProbeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._stack, self._choices = args.site.name, args.choices
        function = Function(
            name,
            FunctionArgs(
                site=args.site,
                logs=args.logs,
                folder="probe",
                inside=args.inside,
                environment={"PROBE": pulumi.Output.json_dumps(self._settings(args))},
                statements=[
                    *_login_statements(args.choices),
                    *publish_statements(NAMESPACE),
                ],
                timeout_seconds=_TIMEOUT_SECONDS,
            ),
            self.child(),
        )
        _EVERY_MINUTE.call(name, function, self.child())
        self.function_name = function.function_name
        self.done()

    @property
    def steps(self) -> Mapping[str, int]:
        """What is asked, with the minutes between two of it."""
        return steps(stream_minutes=None if self._choices.login is None else self._choices.stream_minutes)

    def dimensions(self) -> Mapping[str, str]:
        """The dimensions of this stack's measures, beside the step."""
        return {"Stack": self._stack}

    def _settings(self, args: ProbeArgs) -> dict[str, object]:
        login = args.choices.login
        return {
            "stack": self._stack,
            "namespace": NAMESPACE,
            "url": f"https://{args.domain}",
            "checks": [{"step": one.step.value, "path": one.path, "status": one.status} for one in args.checks],
            "stream": None if login is None else {"secretArn": login, "everyMinutes": args.choices.stream_minutes},
        }


def _login_statements(choices: Choices) -> list[Statement]:
    if choices.login is None:
        return []
    return [allow("ReadLogin", ["secretsmanager:GetSecretValue"], choices.login)]
