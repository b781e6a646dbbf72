"""Cases of the rules about listeners and certificates."""

from policies.guardrails import tokens as t
from tests.policies.case import Case, put, remove, remove_all, unlink
from tests.policies.cases_network import http, https
from tests.policies.graph_adapter import Declared, Stack

_HSTS = "routingHttpResponseStrictTransportSecurityHeaderValue"


def caa(resource: Declared) -> bool:
    return resource.props.get("type") == "CAA"


def expiry(resource: Declared) -> bool:
    return "DaysToExpiry" in str(resource.props.get("metricQueries"))


def stop_watching(stack: Stack, _: Declared) -> None:
    """Nobody asks any more when a certificate expires."""
    stack[:] = [one for one in stack if not expiry(one)]


def to_plain_http(stack: Stack, subject: Declared) -> None:
    """Hang the rule on the listener that only redirects."""
    subject.links["listenerArn"] = [next(one.urn for one in stack if one.type == t.LISTENER and http(one))]


CASES = [
    Case(
        rule="lb-listener-must-send-hsts",
        at=t.LISTENER,
        where=https,
        breaks=put(_HSTS, "max-age=300"),
        loses=_HSTS,
        hides=_HSTS,
    ),
    Case(
        rule="lb-listener-rule-must-belong-to-https",
        at=t.LISTENER_RULE,
        breaks=to_plain_http,
        loses=unlink("listenerArn"),
        hides="listenerArn",
        set_when_unknown=True,
    ),
    Case(
        rule="acm-certificate-must-renew-itself",
        at=t.CERTIFICATE,
        breaks=put("validationMethod", "EMAIL"),
        loses="validationMethod",
        hides="validationMethod",
    ),
    Case(
        rule="acm-certificate-must-have-a-strong-key",
        at=t.CERTIFICATE,
        breaks=put("keyAlgorithm", "RSA_1024"),
        loses="keyAlgorithm",
        hides="keyAlgorithm",
        safe_when_missing=True,
    ),
    Case(
        rule="acm-certificate-must-be-logged-publicly",
        at=t.CERTIFICATE,
        breaks=put("options.certificateTransparencyLoggingPreference", "DISABLED"),
        loses="options",
        hides="options",
        safe_when_missing=True,
    ),
    Case(
        rule="acm-certificate-must-not-be-a-wildcard",
        at=t.CERTIFICATE,
        breaks=put("subjectAlternativeNames", ["*.example.com"]),
        loses="domainName",
        hides="domainName",
    ),
    Case(
        rule="acm-certificate-must-have-a-caa-record",
        at=t.DNS_RECORD,
        where=caa,
        breaks=put("records", ['0 issue "letsencrypt.org"']),
        loses=remove,
        hides="records",
    ),
    Case(
        rule="acm-certificate-must-be-watched-for-expiry",
        at=t.ALARM,
        where=expiry,
        breaks=stop_watching,
        loses=remove_all(t.CERTIFICATE_VALIDATION),
        hides="metricQueries",
        set_when_unknown=True,
    ),
]
