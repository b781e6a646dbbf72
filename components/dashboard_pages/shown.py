"""What the pages show: the parts of a stack under the names that CloudWatch knows them by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.metric import Metric


@dataclass(frozen=True, kw_only=True)
class Shown:
    """`target_groups` are the services behind the load balancer, `services` all that run, `workers` those that take
    jobs. `connections` is what the database admits. `errors` and `deadlocks` are counted in logs, `pagers` are alarms
    by part. `currencies` are those of models' prices, none where use is not counted. `budget` is in US dollars a month,
    None where there is none."""

    stack: str
    account: str
    zones: Sequence[str]
    load_balancer: pulumi.Input[str]
    target_groups: Mapping[str, pulumi.Input[str]]
    cluster: pulumi.Input[str]
    services: Sequence[str]
    workers: Sequence[str]
    log_groups: Sequence[str]
    database: pulumi.Input[str]
    connections: int
    cache_nodes: Sequence[pulumi.Input[str]]
    search: pulumi.Input[str] | None
    errors: Mapping[str, Metric]
    deadlocks: Metric
    pagers: Mapping[str, pulumi.Input[str]]
    currencies: Sequence[str]
    budget: int | None = None
