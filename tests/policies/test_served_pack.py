"""The pack as the engine gets it: started as a program, asked over gRPC. The stubs have no types, hence Any."""

import shutil
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
from policies.guardrails.rule import RULES
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


def test_a_finding_says_what_is_wrong_with_what_how_to_fix_it_and_where_to_read_more(analyzer: Any) -> None:
    rule = next(one for one in RULES if one.name == "rds-instance-must-not-be-public")
    request = analyzer_pb2.AnalyzeRequest(type=DATABASE, name="database", urn=urn(DATABASE, "database"))
    request.properties.update({"publiclyAccessible": True, "dbSubnetGroupName": "data"})
    (found,) = [one for one in analyzer.Analyze(request).diagnostics if one.policyName == rule.name]
    assert found.message.splitlines() == [
        rule.description,
        "database: publiclyAccessible is true",
        f"How to fix: {rule.remediation}",
        f"Read more: {rule.url}",
    ]
    bucket = analyzer_pb2.AnalyzerResource(type=BUCKET, name="files", urn=urn(BUCKET, "files"))
    for one in analyzer.AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(resources=[bucket])).diagnostics:
        assert one.message.count("\nHow to fix: ") == one.message.count("\nRead more: https://") == 1


def configure(analyzer: Any, stack: str, **levels: Any) -> None:
    """As the engine does before the first resource."""
    analyzer.ConfigureStack(analyzer_pb2.AnalyzerStackConfigureRequest(stack=stack))
    set_ = {name.replace("_", "-"): analyzer_pb2.PolicyConfig(enforcementLevel=level) for name, level in levels.items()}
    analyzer.Configure(analyzer_pb2.ConfigureAnalyzerRequest(policyConfig=set_))


def level_of_public_database(analyzer: Any) -> int:
    request = analyzer_pb2.AnalyzeRequest(type=DATABASE, name="database", urn=urn(DATABASE, "database"))
    request.properties.update({"publiclyAccessible": True})
    found = {entry.policyName: entry.enforcementLevel for entry in analyzer.Analyze(request).diagnostics}
    return found["rds-instance-must-not-be-public"]


def test_the_served_pack_refuses_a_configuration_out_of_bounds_and_keeps_its_levels(analyzer: Any) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        configure(analyzer, "prod", rds_instance_must_not_be_public=analyzer_pb2.ADVISORY)
    told: Any = refused.value
    assert told.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert told.details().startswith("policy configuration: rds-instance-must-not-be-public: a critical rule")
    with pytest.raises(grpc.RpcError):
        configure(analyzer, "dev", rds_instance_must_not_be_publik=analyzer_pb2.ADVISORY)
    assert level_of_public_database(analyzer) == analyzer_pb2.MANDATORY


def test_the_served_pack_enforces_as_configured(analyzer: Any) -> None:
    configure(analyzer, "dev", rds_instance_must_not_be_public=analyzer_pb2.ADVISORY)
    assert level_of_public_database(analyzer) == analyzer_pb2.ADVISORY
    configure(analyzer, "prod", rds_instance_must_not_be_public=analyzer_pb2.MANDATORY)
    assert level_of_public_database(analyzer) == analyzer_pb2.MANDATORY


def test_a_pack_with_a_mistake_in_its_exemptions_does_not_start_and_says_why(tmp_path: Path) -> None:
    pack = tmp_path / "policies"
    shutil.copytree(PACK, pack, ignore=shutil.ignore_patterns("__pycache__"))
    (pack / "exemptions.yaml").write_text("exemptions: [{rule: a}]\n", encoding="utf-8")
    command = [sys.executable, "-m", "pulumi.policy", "127.0.0.1:1", str(pack)]
    ended = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False, timeout=60)  # noqa: S603  our own
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert {line.split(":")[0] for line in ended.stderr.splitlines()} == {"exemptions.yaml, entry 1"}


def urn(type_: str, name: str) -> str:
    return f"urn:pulumi:prod::dify::{type_}::{name}"
