"""The pack converts each resource once, whatever the number of its policies, and finds the same."""

from typing import Any

import pytest
from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import EnforcementLevel, ResourceValidationPolicy, StackValidationPolicy
from pulumi_policy import policy as sdk

from policies.conversion import Once, convert_once


@pytest.fixture
def conversions(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What the SDK turned into Python, with the shared conversion in place."""
    done: list[object] = []

    def noted(message: Any, *options: Any, **more: Any) -> Any:
        done.append(message)
        return original(message, *options, **more)

    original = json_format.MessageToDict
    monkeypatch.setattr(json_format, "MessageToDict", noted)
    for name in ("json_format", "deserialize_properties"):
        monkeypatch.setattr(sdk, name, getattr(sdk, name))
    convert_once()
    return done


def _properties(**values: Any) -> struct_pb2.Struct:
    made = struct_pb2.Struct()
    made.update(values)
    return made


def _served(policies: list[Any]) -> Any:
    servicer: Any = sdk._PolicyAnalyzerServicer  # pyright: ignore[reportPrivateUsage]
    return servicer("pack", "1.0.0", policies, EnforcementLevel.MANDATORY, None)


def test_a_resource_is_converted_once_for_all_policies(conversions: list[object]) -> None:
    seen: list[dict[str, Any]] = []
    policies = [
        ResourceValidationPolicy(name=f"p{n}", description="d", validate=lambda args, _: seen.append(dict(args.props)))
        for n in range(5)
    ]
    request = analyzer_pb2.AnalyzeRequest(type="t:m:T", urn="urn", name="n", properties=_properties(a="1"))
    _served(policies).Analyze(request, None)
    assert seen == [{"a": "1"}] * 5
    assert len(conversions) == 1


def test_a_stack_is_converted_once_for_all_policies(conversions: list[object]) -> None:
    seen: list[list[str]] = []
    policies = [
        StackValidationPolicy(
            name=f"p{n}", description="d", validate=lambda args, _: seen.append([r.props["a"] for r in args.resources])
        )
        for n in range(5)
    ]
    resources = [
        analyzer_pb2.AnalyzerResource(type="t:m:T", urn=f"urn{n}", name="n", properties=_properties(a=str(n)))
        for n in range(3)
    ]
    _served(policies).AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(resources=resources), None)
    assert seen == [["0", "1", "2"]] * 5
    assert len(conversions) == 3


def _told(source: list[int], *options: int) -> tuple[list[int], tuple[int, ...]]:
    return [*source], options


def test_one_object_is_never_taken_for_another() -> None:
    once = Once(_told)
    assert [once([n])[0] for n in range(1000)] == [[n] for n in range(1000)]


def test_a_conversion_with_options_is_its_own() -> None:
    once, source = Once(_told), [1]
    assert once(source) == ([1], ())
    assert once(source, 2) == ([1], (2,))
