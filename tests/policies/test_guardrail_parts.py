"""What the rules are made of, on hand-made resources: environment, documents, literals, the wrapper."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pulumi_policy import Severity
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, unknown_checking_proxy

from policies.guardrails import rule
from policies.guardrails.documents import statements
from policies.guardrails.environment import is_production
from policies.guardrails.graph import Graph, graph_of, once_per_graph
from policies.guardrails.literals import PUBLISHED, holds_secret
from policies.guardrails.resource import Resource
from policies.guardrails.rule import Finding, References, expect
from policies.guardrails.security_groups import admissions
from policies.guardrails.tokens import BUCKET, BUCKET_POLICY, INGRESS_RULE, SECURITY_GROUP
from policies.guardrails.values import UNKNOWN, UndecidedError, look, plain
from tests.policies.graph_adapter import Declared, Verdict, judge, policy_resources


def tagged(environment: Any) -> dict[str, Any]:
    return {"defaultTags": json.dumps({"tags": {"environment": environment}})}


@pytest.mark.parametrize(
    ("stack", "provider", "expected"),
    [
        ("prod", None, True),
        ("prod-eu", tagged("prod"), True),
        ("prod", tagged("dev"), True),
        ("dev", tagged("prod"), True),
        ("dev", tagged("dev"), False),
        ("dev-anna", None, False),
        ("staging", tagged("staging"), False),
        ("developer", None, True),
        ("anything", tagged("dev"), True),
        ("dev", {"defaultTags": {"tags": {"environment": "production"}}}, True),
        ("dev", {"defaultTags": "not json"}, False),
    ],
)
def test_what_is_not_clearly_a_lesser_stack_is_production(stack: str, provider: Any, expected: bool) -> None:
    assert is_production(f"urn:pulumi:{stack}::dify::{BUCKET}::files", provider) is expected


def test_unknown_values_become_values_at_any_depth() -> None:
    value = unknown_checking_proxy({"a": [{"b": UNKNOWN_STRING_VALUE, "c": 1}], "d": UNKNOWN_STRING_VALUE})
    assert plain(value) == {"a": [{"b": UNKNOWN, "c": 1}], "d": UNKNOWN}


def test_a_look_says_where_the_unknown_is() -> None:
    with pytest.raises(UndecidedError, match=r"^a\.b$"):
        look({"a": {"b": UNKNOWN}}, "a", "b")
    with pytest.raises(UndecidedError, match=r"^a$"):
        look({"a": UNKNOWN}, "a", "b")


def test_a_look_steps_through_a_single_block_but_not_through_several() -> None:
    assert look({"a": [{"b": 1}]}, "a", "b") == 1
    assert look({"a": [{"b": 1}, {"b": 2}]}, "a", "b") is None


@pytest.mark.parametrize("as_text", [True, False])
@pytest.mark.parametrize("capital", [True, False])
def test_a_document_reads_the_same_in_every_form(as_text: bool, capital: bool) -> None:
    entry = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": ["a"], "Principal": "*"}
    body: Any = (
        {"Statement": entry} if capital else {"statement": [{key.lower(): value for key, value in entry.items()}]}
    )
    (statement,) = statements(json.dumps(body) if as_text else body)
    assert (statement.actions, statement.resources, statement.is_public) == (("s3:GetObject",), ("a",), True)


@pytest.mark.parametrize(
    ("condition", "public"),
    [
        ({}, True),
        ({"StringEquals": {"AWS:SourceAccount": "111122223333"}}, False),
        ({"StringEqualsIfExists": {"aws:SourceAccount": "111122223333"}}, True),
        ({"Bool": {"aws:SecureTransport": "true"}}, True),
    ],
)
def test_only_a_binding_condition_makes_everyone_someone(condition: dict[str, Any], public: bool) -> None:
    entry = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "s3:*", "Resource": "*", "Condition": condition}
    assert statements({"Statement": [entry]})[0].is_public is public


@pytest.mark.parametrize("document", ["", "{}", "not json", {}, None])
def test_what_is_no_document_is_an_error_not_an_empty_one(document: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  json's own error is one, too
        statements(document)


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("SECRET_KEY", "x", True),
        ("SECRET_KEY", "", False),
        ("DB_PASSWORD", "x", True),
        ("API_TOKEN", "arn:aws:secretsmanager:eu-central-1:111122223333:secret:a", False),
        ("CELERY_BROKER_URL", "rediss://cache:6379/1", True),
        ("HARMLESS", "rediss://user:word@cache:6379/1", True),
        ("HARMLESS", "https://dify.example.com:443/path", False),
        ("HARMLESS", "AKIAABCDEFGHIJKLMNOP", True),
        ("HARMLESS", min(PUBLISHED), True),
        ("REDIS_SSL_CA_CERTS", "/etc/ssl/certs/ca-certificates.crt", False),
        ("KEYCLOAK_REALM", "x", False),
        ("SECRET_KEY", UNKNOWN, False),
    ],
)
def test_secrets_are_told_by_name_and_by_value(name: str, value: Any, secret: bool) -> None:
    assert holds_secret(name, value) is secret


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> list[rule.Rule]:
    """The list of rules, given back as it was."""
    rules: list[rule.Rule] = []
    monkeypatch.setattr(rule, "RULES", rules)
    return rules


def ask(registry: list[rule.Rule], check: rule.Check, *resources: Declared, late: tuple[str, ...] = ()) -> Verdict:
    rule.rule(
        "s3-bucket-must-be-tested",
        BUCKET,
        severity=Severity.HIGH,
        description="A rule of the tests.",
        remediation="None.",
        references=References(fsbp="S3.1"),
        late=late,
    )(check)
    return judge(list(resources), [registry[-1].policy])


def colour(resource: Resource) -> Iterator[Finding]:
    yield from expect(resource, "colour", lambda value: value == "green", "is not green")
    yield from expect(resource, "size", lambda value: value == 1, "is not of size 1")


def test_an_unknown_property_does_not_hide_the_next_one(registry: list[rule.Rule]) -> None:
    bucket = Declared(type=BUCKET, name="b", props={"colour": UNKNOWN_STRING_VALUE, "size": 2})
    verdict = ask(registry, colour, bucket)
    assert [message for _, _, message in verdict.violations] == ["b: is not of size 1"]
    assert verdict.undecided == {"s3-bucket-must-be-tested"}


def test_a_property_that_is_known_late_is_put_off_without_noise(registry: list[rule.Rule]) -> None:
    bucket = Declared(type=BUCKET, name="b", props={"colour": UNKNOWN_STRING_VALUE, "size": 1})
    verdict = ask(registry, colour, bucket, late=("colour",))
    assert (verdict.undecided, verdict.not_applicable) == (set(), {"s3-bucket-must-be-tested"})


def test_an_error_in_a_check_is_a_finding_without_the_value(registry: list[rule.Rule]) -> None:
    def broken(resource: Resource) -> Iterator[Finding]:
        raise KeyError(resource.props["colour"])
        yield ""

    verdict = ask(registry, broken, Declared(type=BUCKET, name="b", props={"colour": "a secret"}))
    ((_, _, message),) = verdict.violations
    assert "KeyError" in message
    assert "a secret" not in message


def test_an_error_about_one_resource_of_a_stack_leaves_the_others_judged(registry: list[rule.Rule]) -> None:
    def broken(resource: Resource, _: Graph) -> Iterator[Finding]:
        if resource.name == "bad":
            raise RuntimeError
        yield "judged"

    verdict = ask(registry, broken, Declared(type=BUCKET, name="bad"), Declared(type=BUCKET, name="good"))
    assert [name for _, name, _ in verdict.violations] == ["bad", "good"]


def group(name: str, **props: Any) -> Declared:
    return Declared(type=SECURITY_GROUP, name=name, props=props)


def admitting(target: Declared, source: Declared | None = None, **props: Any) -> Declared:
    links = {"securityGroupId": [target.urn]} | ({"referencedSecurityGroupId": [source.urn]} if source else {})
    return Declared(type=INGRESS_RULE, name=f"{target.name}-in-{len(props)}-{source}", props=props, links=links)


@pytest.mark.parametrize(
    ("props", "by_address", "from_world"),
    [
        ({"cidrIpv4": "0.0.0.0/0"}, True, True),
        ({"cidrIpv6": "::/0"}, True, True),
        ({"cidrIpv4": "203.0.113.7/8"}, True, True),
        ({"cidrIpv4": "10.0.0.0/8"}, True, False),
        ({"cidrIpv4": UNKNOWN_STRING_VALUE}, True, True),
        ({"prefixListId": "pl-1"}, True, True),
        ({}, False, False),
    ],
)
def test_a_security_group_knows_whether_addresses_and_the_world_enter(
    props: dict[str, Any], by_address: bool, from_world: bool
) -> None:
    target = group("target")
    found = admissions(Graph.read(policy_resources([target, admitting(target, **props)])))[target.urn]
    assert (found.by_address, found.from_world) == (by_address, from_world)


def test_a_security_group_knows_which_groups_enter_by_separate_and_inline_rules() -> None:
    source, other = group("source"), group("other")
    target = group("target", ingress=[{"securityGroups": [UNKNOWN_STRING_VALUE]}])
    target.links["ingress"] = [other.urn]
    graph = Graph.read(policy_resources([source, other, target, admitting(target, source)]))
    assert admissions(graph)[target.urn].groups == {source.urn, other.urn}
    assert not admissions(graph)[target.urn].by_address


def test_what_points_at_a_resource_comes_in_the_order_of_registration_and_once() -> None:
    target, other = group("target"), group("other")
    first, second, third = admitting(target, cidrIpv4="10.0.0.0/8"), admitting(target, other), admitting(other, target)
    first.links["securityGroupId"] *= 2
    graph = Graph.read(policy_resources([second, first, target, other, third]))
    (of_target,) = (one for one in graph.of(SECURITY_GROUP) if one.urn == target.urn)
    pointing = graph.pointing_at(of_target, "securityGroupId", SECURITY_GROUP, INGRESS_RULE)
    assert [one.urn for one in pointing] == [second.urn, first.urn]
    assert graph.pointing_at(of_target, "securityGroupId", SECURITY_GROUP) == []


def test_resources_by_urn_come_in_the_order_of_registration() -> None:
    first, second, third = group("c"), group("a"), group("b")
    graph = Graph.read(policy_resources([first, second, third]))
    assert [one.urn for one in graph.those({third.urn, first.urn})] == [first.urn, third.urn]


def test_all_who_ask_about_the_same_resources_get_one_graph() -> None:
    resources, others = policy_resources([group("a")]), policy_resources([group("a")])
    graph = graph_of(resources)
    assert graph_of(resources) is graph
    assert graph_of(others) is not graph
    assert [one.source for one in graph_of(others).resources] == others


def test_a_question_is_answered_once_per_graph_also_where_it_cannot_be_decided() -> None:
    asked: list[Graph] = []

    @once_per_graph
    def names(graph: Graph) -> list[Any]:
        asked.append(graph)
        return [one.get("name") for one in graph.resources]

    known = Graph.read(policy_resources([Declared(type=SECURITY_GROUP, name="a", props={"name": "a"})]))
    unknown = Graph.read(
        policy_resources([Declared(type=SECURITY_GROUP, name="b", props={"name": UNKNOWN_STRING_VALUE})])
    )
    for _ in range(3):
        assert names(known) == ["a"]
        with pytest.raises(UndecidedError, match="name"):
            names(unknown)
    assert asked == [known, unknown]


def test_an_inline_rule_with_addresses_lets_the_world_in() -> None:
    target = group("target", ingress=[{"cidrBlocks": ["0.0.0.0/0"]}])
    assert admissions(Graph.read(policy_resources([target])))[target.urn].from_world


@pytest.mark.parametrize(
    ("held", "said"),
    [
        ("planted, no JSON", "holds text that is no JSON where a document must be"),
        ('{"Version": "planted"}', "holds a policy document without statements"),
    ],
)
def test_a_document_that_is_none_is_named_and_never_quoted(held: str, said: str) -> None:
    policies = [one.policy for one in rule.RULES if one.name == "s3-bucket-policy-must-not-be-public"]
    (found,) = judge([Declared(type=BUCKET_POLICY, name="open", props={"policy": held})], policies).violations
    assert found[2] == f"open: {said}, so it does not pass"


@pytest.mark.parametrize(
    ("name", "property_"),
    [
        ("s3-bucket-must-keep-versions", "versioning"),
        ("s3-bucket-must-be-encrypted", "serverSideEncryptionConfiguration"),
    ],
)
def test_what_aws_tells_of_a_bucket_later_stands_for_nothing_beside_it(name: str, property_: str) -> None:
    policies = [one.policy for one in rule.RULES if one.name == name]
    bucket = Declared(type=BUCKET, name="bare", props={property_: UNKNOWN_STRING_VALUE})
    (found,) = judge([bucket], policies).violations
    assert "does not have exactly one" in found[2]
