"""The first task of a new release: users meet it, and it is watched, before the rest follows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
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

_BEFORE = timedelta(minutes=5)
"""Where the usual share of errors is looked for: as long as the canary is watched."""

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
        self.journal.decide("usual errors", self._usual)
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
        """The share of the canary's requests that ended in a server error, where it is too much. The load balancer
        counts those of all tasks together: what is more than usual is the canary's, on its part of the requests."""
        errors, requests = self._counted(since, datetime.now(UTC))
        say(f"  canary: {errors:.0f} of {requests:.0f} requests to the api ended in a server error")
        own = errors - requests * self.journal.decisions.get("usual errors", 0)
        asked = requests / (self._api()["runningCount"] + 1 if self.online else 1)
        limit = self.deployed.settings.alarms.error_percent
        if own >= _FEW and 100 * own > limit * asked:
            return f"{own:.0f} of {asked:.0f} requests ended in a server error, which is more than {limit} %"
        return None

    def _usual(self) -> float:
        """The share of requests that ended in a server error before there was a canary."""
        now = datetime.now(UTC)
        errors, requests = self._counted(now - _BEFORE, now)
        return errors / requests if requests else 0

    def _counted(self, since: datetime, until: datetime) -> tuple[float, float]:
        """Server errors of the api, and requests to it."""
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
            found = measured(self.deployed.client("cloudwatch"), wanted, since=since, until=until)
        return sum(found["errors"]), sum(found["requests"])
