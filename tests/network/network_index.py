"""A recorded network as it is looked up: what an id, an ARN or a name in an input stands for, and fails on strangers.

Only a recording of an update can be read so: a preview knows no ids.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, cast

from tests.network.network_shapes import UnknownShapeError
from tests.recorder import Graph, Recorded

PLACES = frozenset(
    {
        *("subnet", "subnets", "subnetId", "subnetIds", "vpcSubnetIds", "subnetMappings"),
        *("securityGroups", "securityGroupIds", "vpcSecurityGroupIds"),
    }
)
"""Names under which AWS's resources are given a place in a network."""

_UNDERSTOOD = frozenset(
    {
        *(f"ec2/{name[0].lower() + name[1:]}:{name}" for name in ("Vpc", "Subnet", "SecurityGroup", "VpcEndpoint")),
        *("ec2/routeTable:RouteTable", "ec2/route:Route", "ec2/routeTableAssociation:RouteTableAssociation"),
        *("ec2/internetGateway:InternetGateway", "ec2/natGateway:NatGateway", "ec2/eip:Eip"),
        *("ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway", "ec2/managedPrefixList:ManagedPrefixList"),
        *("ec2/defaultSecurityGroup:DefaultSecurityGroup", "ec2/flowLog:FlowLog"),
        "vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        "vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        *("lb/loadBalancer:LoadBalancer", "lb/listener:Listener", "lb/listenerRule:ListenerRule"),
        "lb/targetGroup:TargetGroup",
        *("ecs/service:Service", "ecs/cluster:Cluster", "ecs/taskDefinition:TaskDefinition"),
        "ecs/clusterCapacityProviders:ClusterCapacityProviders",
        *("lambda/function:Function", "lambda/permission:Permission", "lambda/invocation:Invocation"),
        "lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
        *("rds/instance:Instance", "rds/proxy:Proxy", "rds/subnetGroup:SubnetGroup"),
        "backup/restoreTestingSelection:RestoreTestingSelection",
        *("elasticache/replicationGroup:ReplicationGroup", "elasticache/subnetGroup:SubnetGroup"),
        *("opensearch/domain:Domain", "cloudfront/distribution:Distribution", "cloudfront/vpcOrigin:VpcOrigin"),
    }
)
"""Types of the modules below that the analysis reads, or that open no way."""

_JUDGED = ("ec2", "vpc", "lb", "ecs", "lambda")
"""Modules of which every type must be understood."""

_QUIET = frozenset(
    {
        *("accessanalyzer", "acm", "appautoscaling", "athena", "backup", "budgets", "cfg", "chatbot", "cloudfront"),
        "cloudtrail",
        "ebs",
        *("cloudwatch", "codeartifact", "costexplorer", "ecr", "elasticache", "glue", "guardduty", "iam", "inspector2"),
        *("kms", "opensearch", "rds", "route53", "s3", "s3control", "secretsmanager"),
        *("securityhub", "servicediscovery", "sns", "wafv2"),
    }
)
"""Modules whose types open no way through the network unless they are placed in it, which is looked for."""


TEMPLATE, _LISTENER_RULE = "cloudformation/stack:Stack", "AWS::ElasticLoadBalancingV2::ListenerRule"


class Index:
    """What a graph's resources are called by others."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._called: dict[str, list[Recorded]] = defaultdict(list)
        for resource in graph.resources:
            if resource.custom:
                names = (resource.outputs.get(name) for name in ("arn", "name", "identifier"))
                for value in {f"{resource.name}-id", *(str(name) for name in names if name)}:
                    self._called[value].append(resource)

    def get(self, value: object, kind: str) -> Recorded:
        """The resource of `kind` that `value` names. Raises UnknownShapeError when it is none of this graph's."""
        for found in self._called.get(str(value), []):
            if found.type.endswith(kind):
                return found
        raise UnknownShapeError(f"{value} is no {kind.rsplit(':', maxsplit=1)[-1]} of this graph")

    def names(self, values: object, kind: str) -> frozenset[str]:
        """The names of several."""
        return frozenset(self.get(value, kind).name for value in several(values))


def several(values: object) -> list[Any]:
    """A list that may be left out."""
    if values is None:
        return []
    if not isinstance(values, list):
        raise UnknownShapeError(f"{values} is no list")
    return cast("list[Any]", values)


def require_understood(graph: Graph) -> None:
    """Raises UnknownShapeError when a resource may open a way that the analysis does not look at."""
    for resource in graph.resources:
        if not resource.type.startswith("aws:"):
            continue
        kind = resource.type.removeprefix("aws:")
        module = kind.split("/", maxsplit=1)[0]
        if kind in _UNDERSTOOD:
            continue
        if kind == TEMPLATE:
            require_rules_only(resource)
            continue
        if module in _JUDGED or module not in _QUIET:
            raise UnknownShapeError(f"{resource.name}: what {kind} opens is not known")
        if placed := PLACES & set(_keys(resource.inputs)):
            raise UnknownShapeError(f"{resource.name}: {kind} is placed by {', '.join(sorted(placed))}")


def require_rules_only(template: Recorded) -> dict[str, dict[str, Any]]:
    """What a CloudFormation stack makes, by name. Raises UnknownShapeError for anything but listener rules."""
    made = cast("dict[str, dict[str, Any]]", json.loads(template.inputs["templateBody"])["Resources"])
    for name, resource in made.items():
        if resource["Type"] != _LISTENER_RULE:
            raise UnknownShapeError(f"{template.name}: {name} is a {resource['Type']}")
    return made


def _keys(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, entry in cast("dict[str, object]", value).items():
            yield key
            yield from _keys(entry)
    elif isinstance(value, list):
        for entry in cast("list[object]", value):
            yield from _keys(entry)
