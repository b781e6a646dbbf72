"""What a remedy sets, and what it leaves alone.

What this does not prove: that AWS takes what was set. The engine tests show that it reaches the provider.
"""

from collections.abc import Callable
from typing import Any, cast

import pytest
from pulumi_policy import ResourceValidationArgs, ResourceValidationPolicy
from pulumi_policy.deserialize import deserialize_properties, serialize_properties
from pulumi_policy.proxy import UNKNOWN_BOOLEAN_VALUE, unknown_checking_proxy

from policies.guardrails import exemptions
from policies.guardrails import tokens as t
from policies.guardrails.remediation import Setting
from policies.guardrails.rule import RULES, References, Rule, rule
from sandbox.replacements import REPLACES
from tests.policies.case import Case, drop
from tests.policies.graph_adapter import Declared, Stack, judge, policy_resources
from tests.policies.stacks import Stacks
from tests.policies.test_rules_on_production import BY_NAME, CASES, DEMANDS

REMEDIED = {rule_.name: rule_ for rule_ in RULES if rule_.remedy}
CLOSING: dict[str, bool | str] = {
    "publiclyAccessible": False,
    "skipFinalSnapshot": False,
    "deleteAutomatedBackups": False,
    "allowMajorVersionUpgrade": False,
    "forceDestroy": False,
    "imageTagMutability": "IMMUTABLE",
    "transitEncryptionMode": "required",
    "desyncMitigationMode": "defensive",
    "domainEndpointOptions.tlsSecurityPolicy": "Policy-Min-TLS-1-2-PFS-2023-10",
}
"""What is closed by another value than true."""

each = pytest.mark.parametrize("case", [pytest.param(one, id=one.rule) for one in CASES if one.rule in REMEDIED])
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": "unseen"}
"""A secret as the engine sends it."""


def loses_what_is_set(case: Case) -> bool:
    """Whether the case leaves out what the remedy of its rule knows."""
    return case.rule in REMEDIED and case.loses in {one.path for one in REMEDIED[case.rule].remedy}


def offered(resource: Declared) -> ResourceValidationArgs:
    """The resource as the SDK offers it for remediation (`Remediate`, pulumi-policy 1.21)."""
    (judged,) = policy_resources([resource])
    props: Any = unknown_checking_proxy(deserialize_properties(resource.props, True))
    return ResourceValidationArgs(judged.resource_type, props, judged.urn, judged.name, judged.opts, judged.provider)


def remediate(rule_: Rule, resource: Declared) -> dict[str, Any] | None:
    """What the engine would go on with, None where that is what it had."""
    policy = cast("ResourceValidationPolicy", rule_.policy)
    returned = cast("dict[str, Any] | None", policy.remediate(offered(resource)))
    return None if returned is None else cast("dict[str, Any]", serialize_properties(returned))


def mended(stack: Stack, rule_: Rule) -> list[Declared]:
    """The resources that the remedy of `rule_` changed, which they are in `stack` afterwards."""
    changed: list[Declared] = []
    for resource in stack:
        props = remediate(rule_, resource)
        if props is not None:
            resource.props = props
            changed.append(resource)
    return changed


def database(**props: Any) -> Declared:
    return Declared(type=t.DATABASE, name="database", props=props, protect=True)


@each
def test_what_was_broken_is_mended_and_then_judged_clean(stack_of: Stacks, case: Case) -> None:
    stack = case.applied(stack_of(case.source), case.breaks)
    assert judge(stack, [BY_NAME[case.rule].policy]).violations
    assert len(mended(stack, BY_NAME[case.rule])) == 1
    assert judge(stack, DEMANDS).violations == []


@pytest.mark.parametrize("case", [pytest.param(one, id=one.rule) for one in CASES if loses_what_is_set(one)])
def test_what_was_forgotten_is_mended_where_the_remedy_says_how(stack_of: Stacks, case: Case) -> None:
    stack = case.applied(stack_of(case.source), drop(str(case.loses)))
    mended(stack, BY_NAME[case.rule])
    assert judge(stack, [BY_NAME[case.rule].policy]).violations == []


@each
def test_a_stack_that_breaks_no_rule_is_left_as_it_is(stack_of: Stacks, case: Case) -> None:
    assert mended(stack_of(case.source), BY_NAME[case.rule]) == []


def test_a_remedy_only_closes() -> None:
    for rule_ in REMEDIED.values():
        for setting in rule_.remedy:
            assert setting.value == CLOSING.get(setting.path, True), f"{rule_.name}: {setting.path}"


def test_what_replaces_a_resource_is_set_at_its_creation_only() -> None:
    for rule_ in REMEDIED.values():
        for type_ in rule_.types:
            replacing = REPLACES.get(type_, frozenset[str]())
            left = [one.path for one in rule_.remedy if one.path.split(".")[0] in replacing and not one.at_creation]
            assert left == [], rule_.name


def test_a_remedy_is_of_a_rule_about_one_resource() -> None:
    assert {type(rule_.policy) for rule_ in REMEDIED.values()} == {ResourceValidationPolicy}
    with pytest.raises(ValueError, match="a remedy is for one resource"):
        rule(
            "a-b-must-c",
            t.KEY,
            severity=BY_NAME["kms-key-must-rotate"].severity,
            description="a",
            remediation="b",
            references=References(fsbp="KMS.4"),
            remedy=(Setting(path="enableKeyRotation"),),
        )(lambda resource, graph: ())


def test_an_unknown_value_is_left_alone_and_what_is_known_beside_it_is_not() -> None:
    props = {"deletionProtection": UNKNOWN_BOOLEAN_VALUE, "skipFinalSnapshot": True, "kmsKeyId": UNKNOWN_BOOLEAN_VALUE}
    assert remediate(REMEDIED["rds-instance-must-refuse-deletion"], database(**props)) == {
        **props,
        "skipFinalSnapshot": False,
        "deleteAutomatedBackups": False,
    }


def test_a_block_that_is_unknown_is_left_alone() -> None:
    service = Declared(type=t.SERVICE, name="api", props={"deploymentCircuitBreaker": UNKNOWN_BOOLEAN_VALUE})
    assert remediate(REMEDIED["ecs-service-must-roll-back"], service) is None


@pytest.mark.parametrize("block", [{"encryption": "x"}, [{"encryption": "x"}], None])
def test_a_block_keeps_what_else_it_holds_however_it_is_shown(block: Any) -> None:
    repository = Declared(type=t.REPOSITORY, name="api", props={"imageScanningConfiguration": block})
    found = remediate(REMEDIED["ecr-repository-must-scan-on-push"], repository)
    whole = {"encryption": "x", "scanOnPush": True} if block else {"scanOnPush": True}
    assert found == {"imageScanningConfiguration": [whole] if isinstance(block, list) else whole}


@pytest.mark.parametrize(("mode", "set_"), [("monitor", "defensive"), ("strictest", "strictest"), (None, None)])
def test_a_word_takes_the_place_of_a_weaker_one_alone(mode: str | None, set_: str | None) -> None:
    props = {"dropInvalidHeaderFields": False} if mode is None else {"desyncMitigationMode": mode}
    found = remediate(
        REMEDIED["lb-load-balancer-must-drop-invalid-headers"], Declared(type=t.LOAD_BALANCER, name="edge", props=props)
    )
    assert found is not None
    assert (found["dropInvalidHeaderFields"], found.get("desyncMitigationMode")) == (True, set_)


def test_of_several_blocks_none_is_chosen() -> None:
    repository = Declared(type=t.REPOSITORY, name="api", props={"imageScanningConfiguration": [{}, {}]})
    assert remediate(REMEDIED["ecr-repository-must-scan-on-push"], repository) is None


def test_a_secret_beside_what_is_set_stays_one() -> None:
    found = remediate(REMEDIED["rds-instance-must-not-be-public"], database(publiclyAccessible=True, password=SECRET))
    assert found == {"publiclyAccessible": False, "password": SECRET}


@pytest.mark.parametrize(("protect", "set_"), [(True, True), (False, False)])
def test_what_would_replace_a_resource_is_set_only_where_the_engine_refuses_that(protect: bool, set_: bool) -> None:
    bare = database(storageEncrypted=False)
    bare.protect = protect
    assert (remediate(REMEDIED["rds-instance-must-be-encrypted"], bare) is not None) is set_


def test_what_an_exemption_lets_off_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    text = """
exemptions:
  - rule: rds-instance-must-not-be-public
    resource: database
    reason: a test
    owner: platform
    expires: {expires}
"""
    found = exemptions.parse(text.format(expires=exemptions.ACTIVE.today))
    monkeypatch.setattr(exemptions, "ACTIVE", found)
    assert found.entries
    assert remediate(REMEDIED["rds-instance-must-not-be-public"], database(publiclyAccessible=True)) is None


def test_a_rule_of_production_changes_nothing_elsewhere() -> None:
    bucket = Declared(type=t.BUCKET, name="files", stack="dev", props={"forceDestroy": True})
    bucket.provider = {"defaultTags": {"tags": {"environment": "dev"}}}
    rule_ = REMEDIED["aws-store-must-refuse-forced-destroy"]
    assert remediate(rule_, bucket) is None
    bucket.provider["defaultTags"]["tags"]["environment"] = "prod"
    assert remediate(rule_, bucket) == {"forceDestroy": False}


def test_a_resource_of_another_type_is_left_alone() -> None:
    other = Declared(type=t.BUCKET, name="files", props={"publiclyAccessible": True})
    assert remediate(REMEDIED["rds-instance-must-not-be-public"], other) is None


def test_each_change_is_told_in_a_line_without_what_was_there(capsys: pytest.CaptureFixture[str]) -> None:
    remediate(REMEDIED["rds-instance-must-not-be-public"], database(publiclyAccessible=SECRET, password=SECRET))
    assert capsys.readouterr().out == "rds-instance-must-not-be-public: database: publiclyAccessible set to false\n"


@pytest.mark.parametrize("rule_", REMEDIED.values(), ids=lambda one: one.name)
def test_the_sdk_is_asked_for_a_remedy_only_where_there_is_one(rule_: Rule) -> None:
    assert cast("ResourceValidationPolicy", rule_.policy).has_remediation()


def test_no_other_rule_offers_one() -> None:
    offering: Callable[[Rule], bool] = lambda one: cast("ResourceValidationPolicy", one.policy).has_remediation()  # noqa: E731
    assert [one.name for one in RULES if not one.on_graph and not one.remedy and offering(one)] == []
