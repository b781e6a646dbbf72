"""Cases of the rules about what stores and containers record of their use."""

from policies.guardrails import tokens as t
from tests.policies.case import Case, Change, put, remove
from tests.policies.graph_adapter import Declared, Stack


def set_parameter(name: str, value: str) -> Change:
    """Give one parameter of a database's parameter group another value."""

    def change(_: Stack, group: Declared) -> None:
        for parameter in group.props["parameters"]:
            if parameter["name"] == name:
                parameter["value"] = value

    return change


CASES = [
    Case(
        rule="rds-instance-must-audit-changes",
        at=t.DATABASE_PARAMETERS,
        breaks=set_parameter("pgaudit.log", "none"),
        loses=remove,
        hides="parameters",
    ),
    Case(
        rule="elasticache-replication-group-must-deliver-its-logs",
        at=t.CACHE,
        breaks=put("logDeliveryConfigurations.1.logType", "slow-log"),
        loses="logDeliveryConfigurations",
        hides="logDeliveryConfigurations",
    ),
    Case(
        rule="ecs-cluster-must-record-sessions",
        at=t.CLUSTER,
        breaks=put("configuration.executeCommandConfiguration.logging", "DEFAULT"),
        loses="configuration",
        hides="configuration.executeCommandConfiguration.logging",
    ),
]
