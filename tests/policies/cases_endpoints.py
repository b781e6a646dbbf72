"""Cases of the rules about endpoints, on a stack without internet."""

from functools import partial

from policies.guardrails import tokens as t
from tests.policies.case import Case, every_statement, named, put, remove
from tests.policies.graph_adapter import Declared


def of_service(resource: Declared) -> bool:
    return str(resource.props.get("serviceName")).endswith(".ecr.api")


on_endpoint = partial(Case, at=t.VPC_ENDPOINT, where=of_service, source="closed")

CASES = [
    on_endpoint(
        rule="vpc-endpoint-must-bind-its-callers",
        breaks=every_statement(Condition=None)("policy"),
        loses="policy",
        hides="policy",
    ),
    Case(
        rule="vpc-gateway-must-bind-what-is-reached",
        at=t.VPC_ENDPOINT,
        where=named("network-s3"),
        breaks=every_statement(Condition={"StringEquals": {"aws:PrincipalAccount": "111122223333"}})("policy"),
        loses="policy",
        hides="policy",
        safe_when_missing=True,
    ),
    on_endpoint(
        rule="vpc-endpoint-must-answer-to-the-usual-name",
        breaks=put("privateDnsEnabled", False),
        loses="privateDnsEnabled",
        hides="privateDnsEnabled",
    ),
    on_endpoint(
        rule="vpc-network-must-reach-aws-inside",
        breaks=remove,
        loses="serviceName",
        hides="serviceName",
    ),
]
