"""What a rule is: a check with the metadata that makes its finding useful, wrapped as a policy of the SDK.

A check is a generator of findings about one resource of its types. With one parameter it is a resource policy, judged
before the resource is touched; with a second one, the graph, it is a stack policy, judged for each such resource of the
stack. The wrapper sees to what no single check should have to think of:
- an unknown value puts off the decision about its resource only, never hides another finding, and is said at the end;
- an error in a check is a finding, not a pass;
- exemptions are applied and counted.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from inspect import signature
from typing import Any, cast

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyComplianceFramework,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError

from . import exemptions
from .graph import Graph, graph_of
from .remediation import Setting, remediation
from .resource import Resource
from .values import MalformedError, UndecidedError

Finding = str | UndecidedError
Check = Callable[[Resource], Iterable[Finding]] | Callable[[Resource, Graph], Iterable[Finding]]

NAME = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*-must-[a-z0-9-]+$")
FRAMEWORK = "AWS Foundational Security Best Practices"
WELL_ARCHITECTED = "AWS Well-Architected"
BENCHMARK = "CIS AWS Foundations Benchmark"
DOCKER_BENCHMARK = "CIS Docker Benchmark"
CONTAINER_SECURITY = "NIST SP 800-190"
CONTROLS = "https://docs.aws.amazon.com/securityhub/latest/userguide/{service}-controls.html#{control}"


@dataclass(frozen=True, kw_only=True)
class References:
    """Where the demand comes from: ids in FSBP, CIS AWS Foundations 5.0, Checkov, Well-Architected, CIS Docker 1.6 and
    sections of NIST SP 800-190."""

    fsbp: str = ""
    cis: str = ""
    checkov: str = ""
    practice: str = ""
    docker: str = ""
    nist: str = ""

    def tags(self) -> list[str]:
        """The ids, each with the name of its catalogue."""
        named = {
            "fsbp": self.fsbp,
            "cis": self.cis,
            "checkov": self.checkov,
            "well-architected": self.practice,
            "cis-docker": self.docker,
            "nist-800-190": self.nist,
        }
        return [f"{name}:{value}" for name, value in named.items() if value]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A check and all that is said about it. `late` names properties that are often unknown until deployment, `remedy`
    what it may set where a stack asks for it."""

    name: str
    types: tuple[str, ...]
    severity: Severity
    description: str
    remediation: str
    references: References
    url: str
    production_only: bool
    late: tuple[str, ...]
    remedy: tuple[Setting, ...]
    check: Check
    policy: Policy

    @property
    def on_graph(self) -> bool:
        """Whether it looks at the whole stack."""
        return isinstance(self.policy, StackValidationPolicy)


RULES: list[Rule] = []
"""Every rule, in the order of definition."""


def rule(
    name: str,
    *types: str,
    severity: Severity,
    description: str,
    remediation: str,
    references: References,
    url: str = "",
    production_only: bool = False,
    late: tuple[str, ...] = (),
    remedy: tuple[Setting, ...] = (),
) -> Callable[[Check], Check]:
    """Make a check a rule. Raises ValueError when a part of the metadata is missing, so the pack does not start.

    `url` defaults to the page of the FSBP control. A `low` rule advises, all others block.
    """
    tags = references.tags()
    url = url or _control_page(references.fsbp)
    for part, present in {
        "name `<service>-<resource>-must-<...>`": NAME.match(name),
        "types": types,
        "description": description.strip(),
        "remediation": remediation.strip(),
        "references": tags,
        "url": url.startswith("https://"),
        "a name of its own": all(existing.name != name for existing in RULES),
    }.items():
        if not present:
            raise ValueError(f"rule {name}: missing {part}")

    def register(check: Check) -> Check:
        with_graph = len(signature(check).parameters) == 2
        make = StackValidationPolicy if with_graph else ResourceValidationPolicy
        validate: Any = _on_stack if with_graph else _on_resource
        if remedy and with_graph:
            raise ValueError(f"rule {name}: a remedy is for one resource, which the SDK asks for before it is made")
        found: list[Rule] = []
        catalogue, ids = _framework(references)
        policy = make(
            name=name,
            description=description,
            validate=lambda args, report: validate(found[0], args, report),
            enforcement_level=EnforcementLevel.ADVISORY if severity is Severity.LOW else EnforcementLevel.MANDATORY,
            severity=severity,
            framework=PolicyComplianceFramework(
                name=catalogue,
                reference=ids,
                specification=", ".join(tags),
            ),
            tags=[*tags, "production-only"] if production_only else tags,
            remediation_steps=remediation,
            url=url,
            **_remediate(name, types, check, remedy, production_only=production_only),
        )
        found.append(
            Rule(
                name=name,
                types=types,
                severity=severity,
                description=description,
                remediation=remediation,
                references=references,
                url=url,
                production_only=production_only,
                late=late,
                remedy=remedy,
                check=check,
                policy=policy,
            )
        )
        RULES.append(found[0])
        return check

    return register


def expect(resource: Resource, path: str, holds: Callable[[Any], bool], message: str) -> Iterator[Finding]:
    """`message` unless `holds` is true of the value at the dotted `path`; a missing value is None.

    An unknown one is an undecided finding, so that the next expectation of the same check is still judged.
    """
    try:
        value = resource.get(*path.split("."))
    except UndecidedError as unknown:
        yield unknown
        return
    if not holds(value):
        yield message


def _remediate(
    name: str, types: tuple[str, ...], check: Check, remedy: tuple[Setting, ...], *, production_only: bool
) -> dict[str, Any]:
    def finds(resource: Resource) -> Iterable[Finding]:
        silent = production_only and not resource.production
        return () if silent else cast("Callable[[Resource], Iterable[Finding]]", check)(resource)

    return {"remediate": remediation(name, types, finds, remedy)} if remedy else {}


def _on_resource(rule_: Rule, args: ResourceValidationArgs, report: ReportViolation) -> None:
    if args.resource_type not in rule_.types:
        return
    check = cast("Callable[[Resource], Iterable[Finding]]", rule_.check)
    resource = Resource(args)
    undecided = _judge(rule_, resource, lambda: check(resource), report)
    if undecided:
        _put_off(rule_, args, undecided)


def _on_stack(rule_: Rule, args: StackValidationArgs, report: ReportViolation) -> None:
    check = cast("Callable[[Resource, Graph], Iterable[Finding]]", rule_.check)
    graph = graph_of(args.resources)
    undecided: list[tuple[str, ...]] = []
    for resource in graph.of(*rule_.types):
        paths = _judge(rule_, resource, lambda subject=resource: check(subject, graph), report)
        undecided.extend((resource.name, *path) for path in paths)
    if undecided:
        _put_off(rule_, args, undecided)


def _judge(
    rule_: Rule, resource: Resource, findings: Callable[[], Iterable[Finding]], report: ReportViolation
) -> list[tuple[str, ...]]:
    """Report what is found about one resource; return the paths that could not be read."""
    undecided: list[tuple[str, ...]] = []
    try:
        if rule_.production_only and not resource.production:
            return undecided
        for finding in findings():
            if isinstance(finding, UndecidedError):
                undecided.append(finding.path)
            elif not exemptions.ACTIVE.cover(rule_.name, resource):
                report(f"{resource.name}: {finding}", resource.urn)
    except UndecidedError as unknown:
        undecided.append(unknown.path)
    except MalformedError as malformed:
        report(f"{resource.name}: holds {malformed}, so it does not pass", resource.urn)
    except Exception as error:  # noqa: BLE001  whatever goes wrong in a check, it did not find the resource good
        # The type only: a message may quote a value, and policies see secrets in plain text.
        report(f"{resource.name}: could not be judged ({type(error).__name__}), so it does not pass", resource.urn)
    if undecided:
        exemptions.ACTIVE.put_off(rule_.name, resource)
    return undecided


def _put_off(rule_: Rule, args: ResourceValidationArgs | StackValidationArgs, undecided: list[tuple[str, ...]]) -> None:
    """Say that a decision waits for deployment. The SDK shows the first form as an advisory note."""
    early = [path for path in undecided if not set(path) & set(rule_.late)]
    if early:
        raise UnknownValueError(UNKNOWN_STRING_VALUE, list(early[0]))
    args.not_applicable(f"known at deployment only: {', '.join('.'.join(path) for path in undecided)}")


def _framework(references: References) -> tuple[str, str]:
    """The catalogue that speaks for a rule, and the ids there."""
    named = {
        FRAMEWORK: references.fsbp,
        DOCKER_BENCHMARK: references.docker,
        CONTAINER_SECURITY: references.nist,
        WELL_ARCHITECTED: references.practice,
        "Checkov": references.checkov,
        BENCHMARK: references.cis,
    }
    return next((name, ids) for name, ids in named.items() if ids)


def _control_page(fsbp: str) -> str:
    control = fsbp.split(",", maxsplit=1)[0].strip().lower()
    service = control.split(".", maxsplit=1)[0]
    return CONTROLS.format(service=service, control=control.replace(".", "-")) if control else ""
