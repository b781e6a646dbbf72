"""Cases of the rules about logins and the pool that stands before the database."""

from functools import partial

from policies.guardrails import tokens as t
from tests.policies.case import Case, put

in_closed = partial(Case, source="closed")

CASES = [
    Case(
        rule="secretsmanager-rotation-must-be-frequent",
        at=t.SECRET_ROTATION,
        breaks=put("rotationRules.automaticallyAfterDays", 91),
        loses="rotationLambdaArn",
        hides="rotationRules",
    ),
    Case(
        rule="elasticache-user-must-be-bounded",
        at=t.CACHE_USER,
        breaks=put("accessString", "on ~* &* +@all"),
        loses="accessString",
        hides="accessString",
    ),
    in_closed(
        rule="rds-proxy-must-require-tls",
        at=t.DATABASE_PROXY,
        breaks=put("requireTls", False),
        loses="requireTls",
        hides="requireTls",
    ),
    in_closed(
        rule="rds-proxy-must-bound-its-pool",
        at=t.DATABASE_POOL,
        breaks=put("connectionPoolConfig.maxConnectionsPercent", 100),
        loses="connectionPoolConfig",
        hides="connectionPoolConfig.maxConnectionsPercent",
    ),
]
