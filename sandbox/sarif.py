"""Policy findings as SARIF 2.1.0, the form in which code scanning takes them.

Facts: the OASIS schema sarif-schema-2.1.0, and GitHub's page "SARIF support for code scanning", which demands a file
for each result, sorts security rules by the property `security-severity` and tells results apart by the fingerprint
`primaryLocationLineHash`.
"""

from hashlib import sha256
from typing import Any

from pulumi_policy import Severity

from policies.guardrails.rule import RULES, Rule
from sandbox.findings import Findings, Found, Standing

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

LEVELS = {Severity.CRITICAL: "error", Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.LOW: "note"}

SCORES = {Severity.CRITICAL: "9.5", Severity.HIGH: "8.0", Severity.MEDIUM: "5.5", Severity.LOW: "2.0"}
"""Numbers that GitHub shows as the word: over 9.0 is critical, from 7.0 high, from 4.0 medium, below it low."""


def sarif(findings: Findings) -> dict[str, Any]:
    """The log: every rule, a result for each violation and advice, a notification for what was accepted or put off."""
    index = {rule.name: number for number, rule in enumerate(RULES)}
    reported = findings.standing(Standing.VIOLATION, Standing.ADVICE)
    noted = findings.standing(Standing.ACCEPTED, Standing.PUT_OFF)
    run = {
        "tool": {"driver": {"name": "dify-guardrails", "rules": [_rule(rule) for rule in RULES]}},
        # One stack's results do not replace another's.
        "automationDetails": {"id": f"policies/{findings.stack}/"},
        "columnKind": "utf16CodeUnits",
        "invocations": [
            {
                "executionSuccessful": findings.complete,
                "toolExecutionNotifications": [_notification(one) for one in noted],
            }
        ],
        "results": [_result(one, index[one.rule.name], findings.stack) for one in reported],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.name,
        "name": rule.name,
        "shortDescription": {"text": rule.description},
        "fullDescription": {"text": rule.description},
        "help": {"text": rule.remediation, "markdown": f"{rule.remediation}\n\n[Why]({rule.url})"},
        "helpUri": rule.url,
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        "properties": {
            "tags": ["security", *rule.references.tags()],
            "security-severity": SCORES[rule.severity],
        },
    }


def _result(found: Found, index: int, stack: str) -> dict[str, Any]:
    # A resource has no line: what decides about it is the stack's settings.
    settings = {"artifactLocation": {"uri": f"Pulumi.{stack}.yaml"}, "region": {"startLine": 1}}
    return {
        "ruleId": found.rule.name,
        "ruleIndex": index,
        "level": LEVELS[found.rule.severity] if found.standing is Standing.VIOLATION else "note",
        "message": {"text": f"{found.resource}: {found.text}"},
        "locations": [{"physicalLocation": settings, "logicalLocations": [_resource(found)]}],
        "partialFingerprints": {"primaryLocationLineHash": f"{_fingerprint(found)}:1"},
    }


def _notification(found: Found) -> dict[str, Any]:
    return {
        "level": "note",
        "message": {"text": f"{found.rule.name}: {found.text}"},
        "associatedRule": {"id": found.rule.name},
        "locations": [{"logicalLocations": [_resource(found)]}],
    }


def _resource(found: Found) -> dict[str, Any]:
    return {"name": found.resource, "fullyQualifiedName": found.urn, "kind": "resource"}


def _fingerprint(found: Found) -> str:
    return sha256(f"{found.rule.name}\n{found.urn}\n{found.text}".encode()).hexdigest()[:16]
