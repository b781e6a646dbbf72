"""The pack reads what the engine sends once, asks only the rules that it concerns, and answers as the SDK would."""

from typing import Any

import pytest
from google.protobuf import json_format
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import EnforcementLevel
from pulumi_policy import policy as sdk
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from policies.guardrails import ALL, graph
from policies.guardrails.serving import read_once
from policies.guardrails.tokens import BUCKET, BUCKET_PUBLIC_ACCESS, DATABASE, KEY, STACK

PROPERTIES: dict[str, dict[str, Any]] = {
    STACK: {},
    DATABASE: {"publiclyAccessible": True, "storageEncrypted": UNKNOWN_STRING_VALUE, "tags": {"a": ["b"]}},
    BUCKET: {"bucket": "files"},
    BUCKET_PUBLIC_ACCESS: {"bucket": UNKNOWN_STRING_VALUE, "blockPublicAcls": True, "blockPublicPolicy": False},
    KEY: {"enableKeyRotation": False},
    "aws:ssm/parameter:Parameter": {"value": "1"},
}
LINKS = {BUCKET_PUBLIC_ACCESS: {"bucket": [BUCKET]}}


def urn(type_: str) -> str:
    return f"urn:pulumi:prod::dify::{type_}::one"


def one(type_: str) -> Any:
    """The request about a resource before it is made."""
    request = analyzer_pb2.AnalyzeRequest(type=type_, name="one", urn=urn(type_))
    request.properties.update(PROPERTIES[type_])
    request.provider.CopyFrom(analyzer_pb2.AnalyzerProviderResource(type="pulumi:providers:aws", name="aws"))
    return request


def whole(*types: str) -> Any:
    """The request about a stack of one resource of each type."""
    request = analyzer_pb2.AnalyzeStackRequest()
    for type_ in types:
        resource = request.resources.add(type=type_, name="one", urn=urn(type_), parent=urn(STACK))
        resource.properties.update(PROPERTIES[type_])
        for name, targets in LINKS.get(type_, {}).items():
            resource.propertyDependencies[name].urns.extend(map(urn, targets))
    return request


@pytest.fixture
def theirs() -> Any:
    """The pack, served by the SDK as it comes."""
    return _served()


@pytest.fixture
def ours(theirs: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The pack, served as `policies` does. The SDK's server is made first, with its own class."""
    assert theirs is not None
    monkeypatch.setattr(sdk, "_PolicyAnalyzerServicer", sdk._PolicyAnalyzerServicer)  # pyright: ignore[reportPrivateUsage]
    read_once()
    return _served()


def _served() -> Any:
    servicer: Any = sdk._PolicyAnalyzerServicer  # pyright: ignore[reportPrivateUsage]
    return servicer("pack", "1.0.0", list(ALL), EnforcementLevel.MANDATORY, None)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What was turned into Python from the wire, but for what is empty."""
    done: list[object] = []

    def noted(message: Any, *options: Any, **more: Any) -> Any:
        if message.fields:
            done.append(message)
        return original(message, *options, **more)

    original = json_format.MessageToDict
    monkeypatch.setattr(json_format, "MessageToDict", noted)
    return done


def test_a_resource_is_read_once_for_all_its_rules(ours: Any, read: list[object]) -> None:
    answer = ours.Analyze(one(DATABASE), None)
    assert len({found.policyName for found in answer.diagnostics}) > 5
    assert len(read) == 1


def test_a_resource_that_no_rule_is_about_is_not_read(ours: Any, read: list[object]) -> None:
    assert not ours.Analyze(one("aws:ssm/parameter:Parameter"), None).diagnostics
    assert read == []


def test_a_stack_is_read_once_and_linked_once_for_all_rules(
    ours: Any, read: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    linked: list[int] = []

    class Counted(graph.Graph):
        def __init__(self, resources: Any) -> None:
            linked.append(len(resources))
            super().__init__(resources)

    monkeypatch.setattr(graph, "Graph", Counted)
    answer = ours.AnalyzeStack(whole(DATABASE, BUCKET, KEY), None)
    assert len({found.policyName for found in answer.diagnostics}) > 5
    assert (len(read), linked) == (3, [3])


@pytest.mark.parametrize("type_", PROPERTIES)
def test_the_answer_about_a_resource_is_the_sdks(theirs: Any, ours: Any, type_: str) -> None:
    assert ours.Analyze(one(type_), None) == theirs.Analyze(one(type_), None)


def test_the_answer_about_a_stack_is_the_sdks(theirs: Any, ours: Any) -> None:
    assert ours.AnalyzeStack(whole(*PROPERTIES), None) == theirs.AnalyzeStack(whole(*PROPERTIES), None)


@pytest.mark.parametrize(
    "level", [analyzer_pb2.DISABLED, analyzer_pb2.ADVISORY, analyzer_pb2.MANDATORY, analyzer_pb2.REMEDIATE]
)
def test_a_configured_level_holds_as_it_does_with_the_sdk(theirs: Any, ours: Any, level: Any) -> None:
    levels = {policy.name: analyzer_pb2.PolicyConfig(enforcementLevel=level) for policy in ALL}
    for server in (theirs, ours):
        server.Configure(analyzer_pb2.ConfigureAnalyzerRequest(policyConfig=levels), None)
    for type_ in PROPERTIES:
        assert ours.Analyze(one(type_), None) == theirs.Analyze(one(type_), None)
        assert ours.Remediate(one(type_), None) == theirs.Remediate(one(type_), None)
    assert ours.AnalyzeStack(whole(*PROPERTIES), None) == theirs.AnalyzeStack(whole(*PROPERTIES), None)


def test_a_resource_is_not_read_to_mend_it_unless_a_rule_is_set_to(ours: Any, read: list[object]) -> None:
    assert not ours.Remediate(one(KEY), None).remediations
    assert read == []


def test_what_is_judged_next_is_not_what_was_judged_before(ours: Any) -> None:
    named = [
        {found.urn for found in ours.AnalyzeStack(whole(type_), None).diagnostics if found.urn}
        for type_ in (BUCKET, DATABASE, BUCKET)
    ]
    assert named == [{urn(BUCKET)}, {urn(DATABASE)}, {urn(BUCKET)}]
