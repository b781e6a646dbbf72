"""Whom the pack serves: the program that it lies beside or, installed from its wheel, programs of others.

Others have their own routes, databases and runbooks. What speaks of Dify's own is left out for them; what knows no more
than Dify uses only advises, unless their configuration says otherwise. Exemptions are their own or none.
"""

from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from pathlib import Path

from pulumi_policy import EnforcementLevel, Policy

PACK = Path(__file__).resolve().parent.parent
PACKAGE = "dify_guardrails"
"""The pack's folder, once it is installed (policies/pyproject.toml)."""

VARIABLE = "DIFY_GUARDRAILS_EXEMPTIONS"
"""Names the file of an installed pack's exemptions, as seen from the folder of Pulumi.yaml."""

OF_DIFY = frozenset(
    {
        # They take each CloudFormation stack for sign-in before Dify's routes.
        "cloudformation-stack-must-refer-to-its-secrets",
        "lb-sign-in-must-guard-the-console",
        "lb-sign-in-must-spare-tokens",
        # They read variables as Dify's images do.
        "ecs-task-definition-must-demand-tls-of-stores",
        "rds-instance-must-carry-every-pool",
    }
)
"""Rules that say nothing true of other programs."""

AS_FAR_AS_DIFY = frozenset(
    {
        # Services with metrics in policies/cloudwatch only.
        "cloudwatch-alarm-must-watch-a-known-metric",
        # Folders of runbooks in Markdown.
        "cloudwatch-alarm-must-name-a-runbook",
        # Networks and volumes that stacks share may be another program's.
        "docker-container-must-join-networks-of-the-stack",
        "docker-mount-must-name-a-volume-of-the-stack",
        # PostgreSQL alone.
        "rds-instance-must-audit-changes",
        "rds-instance-must-export-its-logs",
        "rds-instance-must-force-tls",
        "rds-instance-must-run-a-supported-engine",
        # The endpoints that tasks of ECS start by.
        "vpc-network-must-reach-aws-inside",
    }
)


def is_installed(pack: Path = PACK) -> bool:
    """Whether the pack in this folder came from its wheel."""
    return pack.name == PACKAGE


def served(policies: Iterable[Policy], *, installed: bool) -> Iterator[Policy]:
    """The policies as this audience gets them."""
    for policy in policies:
        if installed and policy.name in AS_FAR_AS_DIFY:
            advising = copy(policy)
            advising.enforcement_level = EnforcementLevel.ADVISORY
            yield advising
        elif not installed or policy.name not in OF_DIFY:
            yield policy


def exemptions_file(environment: Mapping[str, str], *, installed: bool) -> Path | None:
    """The file with the exemptions that hold: the one beside the pack, or of others the one that they name, if any. No
    variable moves the tracked file of the program's own pack."""
    if not installed:
        return PACK / "exemptions.yaml"
    named = environment.get(VARIABLE)
    return Path(named) if named else None
