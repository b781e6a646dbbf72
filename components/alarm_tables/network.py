"""What rings about the ways out of the network."""

from collections.abc import Mapping

import pulumi

from components.alarms import Alarm
from components.metric import Metric
from settings.severity import Severity

_MOST_CONNECTIONS = 55_000
"""Of one NAT gateway with one address to one destination (Amazon VPC User Guide, "NAT gateway basics")."""

_BUSY_PERCENT = 80
_DROPPED_PERCENT = 0.01
"""Of all packets; more is worth asking AWS about (same guide, "Monitor NAT gateways with Amazon CloudWatch")."""

_ALWAYS_REPORTS = "A gateway reports each minute; where one is gone, calls to models fail and the probe says so"


def network_alarms(nat_gateways: Mapping[str, pulumi.Input[str]]) -> list[Alarm]:
    """Ports, lost packets and connections of each NAT gateway, by the last letter of its zone or another short name."""
    return [alarm for name, gateway in nat_gateways.items() for alarm in _of_gateway(name, gateway)]


def _of_gateway(name: str, gateway: pulumi.Input[str]) -> list[Alarm]:
    def metric(metric_name: str, statistic: str) -> Metric:
        where = {"NatGatewayId": gateway}
        return Metric(namespace="AWS/NATGateway", name=metric_name, statistic=statistic, dimensions=where)

    return [
        Alarm(
            name=f"nat-{name}-ports",
            why=f"NAT gateway {name} has no port left for a destination: calls to models and web sites fail",
            runbook="network#ports-exhausted",
            severity=Severity.PAGE,
            metrics={"errors": metric("ErrorPortAllocation", "Sum")},
            threshold=0,
            silence=_ALWAYS_REPORTS,
        ),
        Alarm(
            name=f"nat-{name}-drops",
            why=f"NAT gateway {name} drops more than {_DROPPED_PERCENT:g} % of packets",
            runbook="network#packets-dropped",
            severity=Severity.TICKET,
            metrics={
                "dropped": metric("PacketsDropCount", "Sum"),
                "inside": metric("PacketsInFromSource", "Sum"),
                "outside": metric("PacketsInFromDestination", "Sum"),
            },
            expression="IF(inside + outside > 0, 100 * dropped / (inside + outside), 0)",
            threshold=_DROPPED_PERCENT,
            datapoints=15,
            patience="A quarter of an hour: AWS moves a faulty gateway by itself",
            silence=_ALWAYS_REPORTS,
        ),
        Alarm(
            name=f"nat-{name}-connections",
            why=f"NAT gateway {name} holds more than {_BUSY_PERCENT} % of the connections to one destination",
            runbook="network#many-connections",
            severity=Severity.TICKET,
            metrics={"open": metric("ActiveConnectionCount", "Maximum")},
            threshold=_MOST_CONNECTIONS * _BUSY_PERCENT / 100,
            silence=_ALWAYS_REPORTS,
        ),
    ]
