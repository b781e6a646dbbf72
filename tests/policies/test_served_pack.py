"""The pack as the engine gets it: started as a program, asked over gRPC. The stubs have no types, hence Any."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from policies.guardrails import ALL
from policies.guardrails.tokens import BUCKET, DATABASE

PACK = Path(__file__).parent.parent.parent / "policies"


@pytest.fixture(scope="module")
def analyzer() -> Iterator[Any]:
    """The pack, started as the engine does and from somewhere else: `python -m pulumi.policy ENGINE PACK`."""
    command = [sys.executable, "-m", "pulumi.policy", "127.0.0.1:1", str(PACK)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd="/", bufsize=0) as process:  # noqa: S603  our own pack
        assert process.stdout is not None
        port = process.stdout.readline().decode().strip()
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield analyzer_pb2_grpc.AnalyzerStub(channel)
        process.terminate()


def test_the_served_pack_has_every_rule_with_its_metadata(analyzer: Any) -> None:
    info = analyzer.GetAnalyzerInfo(empty_pb2.Empty())
    assert info.name == "dify-guardrails"
    assert [policy.name for policy in info.policies] == [policy.name for policy in ALL]
    assert all(policy.url and policy.remediation_steps and policy.framework.reference for policy in info.policies)


def test_a_served_resource_rule_blocks(analyzer: Any) -> None:
    properties = struct_pb2.Struct()
    properties.update({"publiclyAccessible": True, "storageEncrypted": True, "kmsKeyId": "key"})
    request = analyzer_pb2.AnalyzeRequest(type=DATABASE, name="database", urn=urn(DATABASE, "database"))
    request.properties.CopyFrom(properties)
    found = {entry.policyName: entry for entry in analyzer.Analyze(request).diagnostics}
    assert found["rds-instance-must-not-be-public"].enforcementLevel == analyzer_pb2.MANDATORY
    assert "database" in found["rds-instance-must-not-be-public"].message
    assert "rds-instance-must-be-encrypted" not in found


def test_a_served_stack_rule_names_its_resource(analyzer: Any) -> None:
    resource = analyzer_pb2.AnalyzerResource(type=BUCKET, name="files", urn=urn(BUCKET, "files"))
    answer = analyzer.AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(resources=[resource]))
    found = {entry.policyName: entry.urn for entry in answer.diagnostics}
    assert found["s3-bucket-must-block-public-access"] == urn(BUCKET, "files")


def urn(type_: str, name: str) -> str:
    return f"urn:pulumi:prod::dify::{type_}::{name}"
