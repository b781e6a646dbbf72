"""Cases of the rules about packages, on a stack that keeps its own."""

from functools import partial

from policies.guardrails import tokens as t
from tests.policies.case import Case, every_statement, put

in_closed = partial(Case, source="closed")

CASES = [
    in_closed(
        rule="codeartifact-domain-must-use-own-key",
        at=t.PACKAGE_DOMAIN,
        breaks=put("encryptionKey", ""),
        loses="encryptionKey",
        hides="encryptionKey",
        set_when_unknown=True,
    ),
    in_closed(
        rule="codeartifact-policy-must-not-be-public",
        at=t.PACKAGE_REPOSITORY_POLICY,
        breaks=every_statement(Principal="*", Condition=None)("policyDocument"),
        loses="policyDocument",
        hides="policyDocument",
    ),
]
