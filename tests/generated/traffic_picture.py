"""Who asks whom: from users to services, between services, and out."""

from dify.flows import LOAD_BALANCER
from dify.services import MIGRATION
from tests.generated.mermaid import Arrow, Box, Node, Picture
from tests.generated.stack_graph import StackGraph

_USERS, _INTERNET, _NAT, _FIREWALL = "users", "internet", "NAT gateways", "web firewall"

_WORDS = """Each arrow between parts is a rule of two security groups; what has no arrow here or in the next picture,
which has the stores, is closed. Every tier of subnets is in {zones} zones.

Not drawn: tasks and functions reach these APIs of AWS by endpoint, inside the network: {endpoints}."""

_ZONES = ("no", "one", "two", "three", "four", "five", "six")


def traffic(seen: StackGraph) -> Picture:
    """Users, the load balancer, the services by tier, and what leaves the network."""
    graph, zones = seen.graph, len(seen.settings.network.zones)
    balancer = graph.one("lb/loadBalancer:LoadBalancer")
    gateways = graph.of("ec2/natGateway:NatGateway")
    tiers: dict[str, list[Node]] = {"public": [], "private": [], "data": []}
    tiers[seen.tier(balancer.name)].append(Node(name=LOAD_BALANCER, lines=["Application Load Balancer, TLS"]))
    if gateways:
        tiers["public"].append(Node(name=_NAT, lines=[f"{len(gateways)}, one per zone" if zones > 1 else "1"]))
    for service in seen.deployments:
        tiers[seen.tier(f"{service}-service")].append(Node(name=service, lines=seen.size(service)))
    task = graph.named(f"{MIGRATION.name}-definition").inputs
    size = f"{int(task['cpu']) / 1024:g} vCPU, {int(task['memory']) / 1024:g} GiB"
    tiers["private"].append(Node(name=MIGRATION.name, lines=[size, "once per release"]))
    return Picture(
        title="Traffic",
        words=_WORDS.format(zones=_ZONES[zones], endpoints=", ".join(f"`{one}`" for one in _endpoints(seen))),
        nodes=[
            Node(name=_USERS, lines=["browsers, API clients"], outside=True),
            Node(name=_INTERNET, lines=["model providers, plugins,<br/>what users ask for"], outside=True),
            *_firewall(seen),
        ],
        boxes=[
            Box(title=f"{tier} subnets{', nothing leads out' if tier == 'data' else ''}", nodes=nodes)
            for tier, nodes in tiers.items()
            if nodes
        ],
        arrows=[
            *_way_in(seen),
            *(Arrow(source, target) for source, target in sorted(seen.connections)),
            *(Arrow(part, _NAT) for part in sorted(seen.leaving)),
            Arrow(_NAT, _INTERNET),
        ],
    )


def _firewall(seen: StackGraph) -> list[Node]:
    rules = [len(one.inputs["rules"]) for one in seen.graph.of("wafv2/webAcl:WebAcl")]
    return [Node(name=_FIREWALL, lines=[f"AWS WAF, {count} rules"]) for count in rules]


def _way_in(seen: StackGraph) -> list[Arrow]:
    if not seen.graph.of("wafv2/webAcl:WebAcl"):
        return [Arrow(_USERS, LOAD_BALANCER, "HTTPS")]
    return [Arrow(_USERS, _FIREWALL, "HTTPS"), Arrow(_FIREWALL, LOAD_BALANCER)]


def _endpoints(seen: StackGraph) -> list[str]:
    made = seen.graph.of("ec2/vpcEndpoint:VpcEndpoint")
    return sorted({one.inputs["serviceName"].split(".", 3)[3] for one in made})
