"""What watches: alarms of every part, functions on a schedule, what AWS watches, and who is told."""

import json

from tests.generated.mermaid import Arrow, Box, Node, Picture
from tests.generated.stack_graph import StackGraph
from tests.recorder import Recorded

_PEOPLE, _SERVICES = "people", "services"

_WORDS = """Each part of the stack has its alarms, each severity its topic: page wakes somebody, ticket waits for the
next working day, info is read by who looks for a cause. [docs/operate.md](../operate.md) has every alarm in a table.
Dashed arrows are messages; what sends the same shares a box."""

_WATCHERS = {
    "guardduty/detector:Detector": ("GuardDuty", "threats"),
    "securityhub/account:Account": ("Security Hub", "controls"),
    "accessanalyzer/analyzer:Analyzer": ("IAM Access Analyzer", "shared"),
    "inspector2/enabler:Enabler": ("Inspector", "packages"),
    "cfg/recorder:Recorder": ("AWS Config", "controls"),
}
"""Type of resource -> what AWS calls it, and the rule that passes its findings on; Config's are Security Hub's."""


def operations(seen: StackGraph) -> Picture:
    """Parts with alarms, functions, AWS's own watchers, records, topics and people."""
    alarms, topics = _alarms(seen), _topics(seen)
    schedules = _schedules(seen)
    watchers = [(kind, name) for kind, (name, _) in _WATCHERS.items() if seen.graph.of(kind)]
    return Picture(
        title="Operations",
        words=_WORDS,
        nodes=[Node(name=_PEOPLE, lines=_subscribers(seen), outside=True)] if topics else [],
        boxes=[
            Box(
                title="alarms of each part",
                nodes=[Node(name=f"{part} alarms", lines=[_counts(counts)]) for part, counts in alarms.items()],
                together=True,
            ),
            Box(
                title="functions",
                nodes=[Node(name=name, lines=[when]) for name, when in schedules.items()],
                together=True,
            ),
            Box(title="AWS watches", nodes=[Node(name=name) for _, name in watchers], together=True),
            Box(title="records", nodes=_records(seen), together=True),
            Box(title="topics", nodes=[Node(name=f"topic {topic}") for topic in topics]),
        ],
        arrows=[
            *(
                Arrow(f"{part} alarms", f"topic {kind}", dashed=True)
                for part, counts in alarms.items()
                for kind in counts
            ),
            *_findings(seen),
            *(Arrow(f"topic {topic}", _PEOPLE, dashed=True) for topic in topics),
        ],
    )


def _alarms(seen: StackGraph) -> dict[str, dict[str, int]]:
    """Alarms by part, those of all services together, the gravest first."""
    merged: dict[str, dict[str, int]] = {}
    for part, counts in seen.alarms().items():
        kept = merged.setdefault(_SERVICES if part.startswith("services-") else part, {})
        for severity, count in counts.items():
            kept[severity] = kept.get(severity, 0) + count
    order = ("page", "ticket", "info")
    return {part: {one: counts[one] for one in order if one in counts} for part, counts in merged.items()}


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {severity}" for severity, count in counts.items())


def _topics(seen: StackGraph) -> list[str]:
    names = [one.name.removesuffix("-topic").rsplit("-", 1)[1] for one in seen.graph.of("sns/topic:Topic")]
    return sorted(set(names), key=("page", "ticket", "info").index)


def _subscribers(seen: StackGraph) -> list[str]:
    subscribed = {one.inputs["protocol"] for one in seen.graph.of("sns/topicSubscription:TopicSubscription")}
    return [f"by {', '.join(sorted(subscribed))}"] if subscribed else ["nobody is subscribed"]


def _schedules(seen: StackGraph) -> dict[str, str]:
    """Functions and when they run."""
    rules = {f"{rule.name}-name": rule for rule in seen.graph.of("cloudwatch/eventRule:EventRule")}
    functions = {f"{one.name}-arn": one.name for one in seen.graph.of("lambda/function:Function")}
    found = {name.removesuffix("-function"): "when something changes" for name in functions.values()}
    for target in seen.graph.of("cloudwatch/eventTarget:EventTarget"):
        name, rule = functions.get(target.inputs["arn"]), rules[target.inputs["rule"]]
        if name is not None and "scheduleExpression" in rule.inputs:
            found[name.removesuffix("-function")] = rule.inputs["description"]
    renewed = seen.graph.of("secretsmanager/secretRotation:SecretRotation")
    if renewed:
        found["rotation"] = f"renews {len(renewed)} secrets"
    return dict(sorted(found.items()))


def _findings(seen: StackGraph) -> list[Arrow]:
    targets = {one.inputs["rule"]: one.inputs["arn"] for one in seen.graph.of("cloudwatch/eventTarget:EventTarget")}
    return [
        Arrow(name, f"topic {str(targets[f'detection-{rule}-name']).split('-')[-3]}", dashed=True)
        for name, rule in _WATCHERS.values()
        if f"detection-{rule}-name" in targets
    ]


def _records(seen: StackGraph) -> list[Node]:
    graph = seen.graph
    named = {
        "CloudTrail": graph.of("cloudtrail/trail:Trail"),
        "flow logs": graph.of("ec2/flowLog:FlowLog"),
        "logs of names": graph.of("route53/resolverQueryLogConfig:ResolverQueryLogConfig"),
    }
    found = [Node(name=name) for name, made in named.items() if made]
    groups = graph.of("cloudwatch/logGroup:LogGroup")
    days = {int(one.inputs["retentionInDays"]) for one in groups}
    found.append(Node(name="logs", lines=[f"{len(groups)} groups, {'/'.join(map(str, days))} days"]))
    found.append(Node(name="dashboards", lines=[f"{len(graph.of(':Dashboard'))}"]))
    locks = graph.of("s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration")
    return [*found, *(Node(name="locked records", lines=[_lock(one)]) for one in locks)]


def _lock(lock: Recorded) -> str:
    found = json.dumps(lock.inputs)
    return "nobody can delete" if "COMPLIANCE" in found else "few can delete"
