"""Whether users are served: asked in their place each minute, and counted from their requests."""

from collections.abc import Mapping

import pulumi

from assembly.foundation import Foundation
from assembly.watch import Watch
from components.alarm_tables.objectives import objective_burn_rates
from components.alarm_tables.probe import probe_alarms
from components.burn_rates import BurnRates, BurnRatesArgs
from components.load_balancer import LoadBalancer
from components.probe import NAMESPACE, Probe, ProbeArgs
from dify import flows
from dify.services import API
from settings.probe_plan import probe_checks, probes_inside


def build_probe(base: Foundation) -> Probe:
    """The check, from inside the network where nobody else is let in."""
    args = ProbeArgs(
        site=base.site,
        logs=base.logs,
        domain=base.config.domain,
        checks=probe_checks(base.config),
        choices=base.config.probe,
        inside=base.inside(flows.PROBE) if probes_inside(base.config) else None,
    )
    return Probe("probe", args, base.here)


def watch_service_levels(watch: Watch, probe: Probe, balancer: LoadBalancer, edge: pulumi.Output[str] | None) -> None:
    """What rings when users are not served; it is silent while the pager of the way in rings."""
    base = watch.base
    watch.part("probe", probe_alarms(NAMESPACE, probe.dimensions(), probe.steps), edge)
    suffixes: Mapping[str, pulumi.Input[str]] = balancer.target_group_suffixes
    args = BurnRatesArgs(
        site=base.site,
        topics=watch.desk.topics,
        runbooks=watch.desk.runbooks,
        rates=objective_burn_rates(base.config.objectives, balancer.arn_suffix, suffixes[API.name]),
        suppressed_by=edge,
    )
    BurnRates("objectives", args, base.here)
