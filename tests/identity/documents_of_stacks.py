"""Every policy document of a recorded stack, with ARNs in the form that AWS gives them."""

import json
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from typing import Any, cast

from components.boundary import Boundary, BoundaryArgs
from components.pipeline import Pipeline, PipelineArgs
from sandbox.identifiers import arn, identify, physical_name
from settings.pipeline import Pipeline as Choices
from tests.components.component_graphs import ACCOUNT, REGION, program, settings, site
from tests.components.program_variants import AGENTS, CLOSED, DELIVERED, POOLED, SIGNED_IN, TOLD, variant
from tests.recorder import Graph, Recorded, record

Statement = dict[str, Any]


class Kind(Enum):
    """What a document is attached to: an identity, a role's front door, or a resource."""

    IDENTITY = auto()
    TRUST = auto()
    RESOURCE = auto()


@dataclass(frozen=True)
class Document:
    """`owner` and `type` are the resource that carries it; `text` is what AWS gets."""

    stack: str
    owner: str
    type: str
    kind: Kind
    text: str

    @property
    def statements(self) -> list[Statement]:
        return cast("list[Statement]", json.loads(self.text)["Statement"])

    @property
    def size(self) -> int:
        """Characters, white space not counted, as IAM counts them (IAM User Guide, "IAM and AWS STS quotas")."""
        return len(json.dumps(json.loads(self.text), separators=(",", ":")))


TRACKED = ("prod", "staging", "dev")
VARIANTS = {
    "closed": {**CLOSED, **POOLED, **AGENTS, "telemetry": {"collector": "xray"}},
    "open": {**DELIVERED, **SIGNED_IN, **TOLD, "replica": {"region": "eu-west-1"}},
}
STACKS = (*TRACKED, *VARIANTS, "pipeline")
"""The tracked stacks, production with every option that goes without the internet and with every one that needs it,
and the boundary and the pipeline alone."""


@cache
def graph(stack: str) -> Graph:
    if stack in VARIANTS:
        return variant(VARIANTS[stack])
    if stack == "pipeline":
        return record(_identity)
    return program(stack)


def _identity() -> None:
    choices = Choices.model_validate(
        {
            "repository": "example/dify-infrastructure",
            "stateBucket": "example-state",
            "stateKeyArn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/00000000-0000-0000-0000-000000000000",
        }
    )
    Boundary("boundary", BoundaryArgs(site=site(), regions=["eu-west-1"]))
    Pipeline("pipeline", PipelineArgs(site=site(), choices=choices, regions=["eu-west-1"]))


@cache
def documents(stack: str) -> tuple[Document, ...]:
    """All of a stack."""
    arns = _arns(graph(stack), account(stack))
    return tuple(
        Document(stack, resource.name, resource.type, _kind(resource, name), json.dumps(_real(json.loads(value), arns)))
        for resource in graph(stack).resources
        for name, value in resource.inputs.items()
        if isinstance(value, str) and value.startswith("{") and '"Statement":' in value
    )


def _kind(resource: Recorded, name: str) -> Kind:
    if name == "assumeRolePolicy":
        return Kind.TRUST
    return Kind.IDENTITY if resource.type.startswith("aws:iam/") else Kind.RESOURCE


def account(stack: str) -> str:
    """The account that a stack is in."""
    return settings(stack).account if stack in TRACKED else ACCOUNT


def _arns(stack: Graph, account: str) -> dict[str, str]:
    """What the recording invents -> what AWS would say."""
    found: dict[str, str] = {}
    for resource in stack.resources:
        if not resource.custom or "arn" not in resource.outputs or "arn" in resource.inputs:
            continue
        found[str(resource.outputs["arn"])] = real_arn(resource, account)
        found[f"{resource.name}-masterUserSecrets-secretArn"] = (
            f"arn:aws:secretsmanager:{REGION}:{account}:secret:rds!db-00000000-0000-0000-0000-000000000000-AbCdEf"
        )
    return found


def real_arn(resource: Recorded, account: str) -> str:
    """The ARN of a recorded resource in AWS's form."""
    given = resource.inputs
    if resource.type == "aws:lb/listener:Listener":
        return f"arn:aws:elasticloadbalancing:{REGION}:{account}:listener/app/edge/0123456789abcdef/0123456789abcdef"
    if resource.type == "aws:codeartifact/domain:Domain":
        return f"arn:aws:codeartifact:{REGION}:{account}:domain/{given['domain']}"
    if resource.type == "aws:codeartifact/repository:Repository":
        return f"arn:aws:codeartifact:{REGION}:{account}:repository/{given['domain']}/{given['repository']}"
    if resource.type == "aws:iam/role:Role":
        return f"arn:aws:iam::{account}:role{given.get('path', '/')}{given.get('name') or physical_name(resource.urn)}"
    identity = identify(resource.urn, given, seed=resource.urn, account=account, region=REGION)
    return arn(identity, given)


def _real(value: Any, arns: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _real(entry, arns) for key, entry in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_real(entry, arns) for entry in cast("list[Any]", value)]
    if not isinstance(value, str) or value.startswith("arn:"):
        return value
    end = next((position for position, sign in enumerate(value) if sign in "/:"), len(value))
    return arns.get(value[:end], value[:end]) + value[end:]


def several(value: Any) -> list[str]:
    """A field of a statement as a list."""
    return [value] if isinstance(value, str) else list(value or [])
