"""The first task of a new release: users meet it, and it is watched, before the rest follows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from components.metric import Metric
from dify.services import API, PLUGIN_DAEMON
from operations.aws.calls import asking, watch
from operations.aws.deployed import Deployed
from operations.aws.measures import Series, measured
from operations.aws.services import described, set_counts, unstable, wait_until_stable
from operations.aws.stability import targets
from operations.aws.upgrade.canary_task import CanaryTask
from operations.aws.upgrade.release import answered_release
from operations.journal import Journal, Step
from operations.outcome import FailedError
from operations.output import say

_LOOKS = 30
"""With ten seconds between two of them: five minutes."""

_START_SECONDS = 900
"""An api starts in one to three minutes."""

_FEW = 5
"""Errors below which their share says nothing: at night two of three requests may be one user's."""

_ALONE = (f"**::{API.name}-definition",)
_WITH_PLUGINS = (
    f"**::images-{PLUGIN_DAEMON.image}-*",
    *(f"**::{name}-{part}" for name in (PLUGIN_DAEMON.name, API.name) for part in ("definition", "service")),
)
"""URNs of what the canary needs (components/application.py). An api does nothing without its plugin daemon, and Dify
tests the two together."""


@dataclass(frozen=True, kw_only=True)
class Canary:
    """One api of `release`. Where what writes was stopped it is the first task that comes back, behind it the new
    plugin daemon. `online` it is a task of its own, beside those of before, and gets its share of the requests."""

    deployed: Deployed
    journal: Journal
    release: str
    online: bool

    def steps(self) -> Sequence[Step]:
        """Bring it, then watch it."""
        up = self.deployed.program.up
        watched = "starting one api of the new release, and watching it for five minutes"
        if self.online:
            return (
                Step(name="canary-up", does="pulumi up: the api's task definition alone", run=lambda: up(*_ALONE)),
                Step(name="canary", does=watched, run=self._beside),
            )
        return (
            Step(name="canary-up", does="pulumi up: api and plugin daemon alone", run=lambda: up(*_WITH_PLUGINS)),
            Step(name="canary", does=watched, run=self._first),
        )

    def _first(self) -> None:
        set_counts(self.deployed, {PLUGIN_DAEMON.name: 1})
        wait_until_stable(self.deployed, [PLUGIN_DAEMON.name])
        try:
            set_counts(self.deployed, {API.name: 1})
            # Its deployment was complete with no task at all, so ECS tries for ever, and brings no old code back.
            wait_until_stable(self.deployed, [API.name], seconds=_START_SECONDS)
            self._watch(lambda: unstable(self._api()) or self._unhealthy() or self._answer())
        except FailedError:
            set_counts(self.deployed, {API.name: 0})
            raise

    def _beside(self) -> None:
        task = CanaryTask(deployed=self.deployed, journal=self.journal)
        try:
            task.start(self._api())
            self._watch(task.wrong)
        finally:
            task.end()

    def _watch(self, look: Callable[[], str | None]) -> None:
        begun = datetime.now(UTC)
        otherwise = f"read the log group {self.deployed.outputs['log_groups']}/{API.name}"
        watch("canary", look, looks=_LOOKS, otherwise=otherwise)
        if wrong := self._errors(begun):
            raise FailedError(f"canary: {wrong}; {otherwise}")

    def _api(self) -> Mapping[str, Any]:
        return described(self.deployed, [API.name])[0]

    def _unhealthy(self) -> str | None:
        for one in targets(self.deployed):
            if one.service == API.name and one.unhealthy:
                return f"its target is unhealthy: {', '.join(one.reasons) or 'the load balancer does not say why'}"
        return None

    def _answer(self) -> str | None:
        """Nothing where the public name cannot be asked from here."""
        said = answered_release(self.deployed.settings.domain)
        return None if said in (None, self.release) else f"{self.deployed.settings.domain} says that it is {said}"

    def _errors(self, since: datetime) -> str | None:
        """The share of requests to the api that ended in a server error, where it is too much."""
        group = self._api()["loadBalancers"][0]["targetGroupArn"]
        with asking("elasticloadbalancing:DescribeTargetGroups"):
            client = self.deployed.client("elbv2")
            balancer = client.describe_target_groups(TargetGroupArns=[group])["TargetGroups"][0]["LoadBalancerArns"][0]
        where = {"TargetGroup": group.rpartition(":")[2], "LoadBalancer": balancer.partition(":loadbalancer/")[2]}
        names = {"errors": "HTTPCode_Target_5XX_Count", "requests": "RequestCount"}
        wanted = {
            key: Series(
                metric=Metric(namespace="AWS/ApplicationELB", name=name, statistic="Sum", dimensions=where),
                period_seconds=60,
            )
            for key, name in names.items()
        }
        with asking("cloudwatch:GetMetricData"):
            found = measured(self.deployed.client("cloudwatch"), wanted, since=since, until=datetime.now(UTC))
        errors, requests = sum(found["errors"]), sum(found["requests"])
        say(f"  canary: {errors:.0f} of {requests:.0f} requests to the api ended in a server error")
        limit = self.deployed.settings.alarms.error_percent
        if errors >= _FEW and 100 * errors > limit * requests:
            return f"{errors:.0f} of {requests:.0f} requests ended in a server error, which is more than {limit} %"
        return None
