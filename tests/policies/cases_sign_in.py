"""Cases of the rules about sign-in at the load balancer."""

from typing import Any

from policies.guardrails import tokens as t
from tests.policies.case import Case, rewrite

TEMPLATE = "templateBody"
SOURCE = "cdn"


def written_down(template: Any) -> Any:
    """Write the client secret into every rule that holds a reference to it."""
    for made in template["Resources"].values():
        for action in made["Properties"]["Actions"]:
            if "AuthenticateOidcConfig" in action:
                action["AuthenticateOidcConfig"]["ClientSecret"] = "in the state"
    return template


def let_in(template: Any) -> Any:
    """Forward to the console whoever comes."""
    console = rule_of(template, "/console/api/*")
    console["Actions"] = [action for action in console["Actions"] if action["Type"] == "forward"]
    return template


def before_routes(template: Any) -> Any:
    """Ask for a session before every route."""
    rule_of(template, "/*")["Priority"] = 9
    return template


def rule_of(template: Any, pattern: str) -> Any:
    """The properties of the listener rule that takes `pattern`."""
    (found,) = [
        made["Properties"]
        for made in template["Resources"].values()
        if pattern in made["Properties"]["Conditions"][0]["PathPatternConfig"]["Values"]
    ]
    return found


CASES = [
    Case(
        rule="cloudformation-stack-must-refer-to-its-secrets",
        at=t.CLOUDFORMATION_STACK,
        source=SOURCE,
        breaks=rewrite(TEMPLATE, written_down),
        loses=TEMPLATE,
        hides=TEMPLATE,
    ),
    Case(
        rule="lb-sign-in-must-guard-the-console",
        at=t.CLOUDFORMATION_STACK,
        source=SOURCE,
        breaks=rewrite(TEMPLATE, let_in),
        loses=TEMPLATE,
        hides=TEMPLATE,
    ),
    Case(
        rule="lb-sign-in-must-spare-tokens",
        at=t.CLOUDFORMATION_STACK,
        source=SOURCE,
        breaks=rewrite(TEMPLATE, before_routes),
        loses=TEMPLATE,
        hides=TEMPLATE,
    ),
]
