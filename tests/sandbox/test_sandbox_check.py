"""Check refuses what the typed SDK would not let through. It does not prove what AWS itself refuses beyond types."""

import json

import pytest
from provider_calls import BUCKET, DATABASE, VALID, Call, check, provider, urn
from pulumi.runtime.proto import provider_pb2
from pulumi.runtime.rpc import UNKNOWN

from sandbox.properties import Properties, encode

ROLE = "aws:iam/role:Role"
TRUST: Properties = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}],
}


@pytest.mark.parametrize("token", VALID)
def test_valid_inputs_have_no_failures(token: str) -> None:
    assert check(token, VALID[token])[1] == {}


@pytest.mark.parametrize(
    ("token", "inputs", "path", "words"),
    [
        (BUCKET, {"buckett": "x"}, "buckett", "unknown property; nearest: bucket"),
        (BUCKET, {"acl": "publik"}, "acl", "is not one of"),
        (BUCKET, {"tags": {"a": 1}}, "tags.a", "must be a text, not a number"),
        (BUCKET, {"forceDestroy": "yes"}, "forceDestroy", "must be true or false"),
        ("aws:ec2/vpc:Vpc", {"ipv4NetmaskLength": 1.5}, "ipv4NetmaskLength", "must be a whole number"),
        ("aws:ec2/vpc:Vpc", {"ipv4NetmaskLength": True}, "ipv4NetmaskLength", "must be a whole number"),
        ("aws:rds/subnetGroup:SubnetGroup", {"subnetIds": "subnet-1"}, "subnetIds", "must be a list"),
        ("aws:rds/subnetGroup:SubnetGroup", {}, "subnetIds", "required"),
        ("aws:rds/subnetGroup:SubnetGroup", {"subnetIds": ["a", 2]}, "subnetIds[1]", "must be a text"),
        ("aws:lambda/function:Function", {"role": "r", "code": "file.zip"}, "code", "must be a file or an archive"),
        (
            "aws:s3/bucketVersioning:BucketVersioning",
            {"bucket": "b", "versioningConfiguration": {"state": "Enabled"}},
            "versioningConfiguration.state",
            "unknown property; nearest: status",
        ),
        ("aws:s3/buckets:Buckets", {}, "", "is not a type"),
        ("aws:nothing/here:Here", {}, "", "no module"),
    ],
)
def test_a_mistake_is_named_where_it_stands(token: str, inputs: Properties, path: str, words: str) -> None:
    failures = check(token, inputs)[1]
    assert words in failures[path]


def test_every_mistake_is_reported_at_once() -> None:
    failures = check(DATABASE, {"allocatedStorage": "20", "multiAZ": True, "vpcSecurityGroupIds": 1})[1]
    assert set(failures) == {"allocatedStorage", "multiAZ", "vpcSecurityGroupIds", "instanceClass"}


def test_unknown_values_pass_wherever_they_stand() -> None:
    inputs: Properties = {**VALID[DATABASE], "allocatedStorage": UNKNOWN, "vpcSecurityGroupIds": [UNKNOWN]}
    assert check(DATABASE, inputs)[1] == {}


def test_an_open_enum_takes_values_newer_than_the_sdk() -> None:
    assert check("aws:iam/rolePolicyAttachment:RolePolicyAttachment", {"role": "r", "policyArn": "arn:own"})[1] == {}


def test_an_effect_that_iam_does_not_have_is_refused() -> None:
    statement = [{**TRUST["Statement"][0], "Effect": "Permit"}]
    failures = check(ROLE, {"assumeRolePolicy": {**TRUST, "Statement": statement}})[1]
    assert "is not one of 'Allow', 'Deny'" in failures["assumeRolePolicy.Statement[0].Effect"]


@pytest.mark.parametrize("given", [TRUST, json.dumps(TRUST)])
def test_a_policy_document_becomes_text(given: object) -> None:
    inputs, failures = check(ROLE, {"assumeRolePolicy": given})
    assert failures == {}
    assert json.loads(inputs["assumeRolePolicy"]) == TRUST


def test_a_document_with_an_unknown_part_is_unknown_as_a_whole() -> None:
    statement = [{**TRUST["Statement"][0], "Resource": UNKNOWN}]
    assert check(ROLE, {"assumeRolePolicy": {**TRUST, "Statement": statement}})[0]["assumeRolePolicy"] == UNKNOWN


def test_a_document_that_is_not_json_is_refused() -> None:
    assert check(ROLE, {"assumeRolePolicy": "{"})[1] == {"assumeRolePolicy": "is not a JSON document"}


def test_a_resource_without_a_name_gets_the_same_fitting_one_every_time() -> None:
    token, long = "aws:lb/targetGroup:TargetGroup", "a-logical-name-that-is-longer-than-allowed"
    first, second = (check(token, {"port": 80, "protocol": "HTTP", "vpcId": "vpc-1"}, long)[0]["name"] for _ in "ab")
    assert first == second
    assert len(first) <= 32


def test_a_name_prefix_stands_in_for_a_name() -> None:
    assert "name" not in check(ROLE, {"assumeRolePolicy": TRUST, "namePrefix": "app-"})[0]


def test_the_providers_own_settings_are_checked() -> None:
    news = encode({"region": "eu-central-1", "allowedAccountIds": '["1"]', "maxRetries": '"x"', "defaultTag": "{}"})
    answer = provider().CheckConfig(provider_pb2.CheckRequest(urn=urn("pulumi:providers:aws"), news=news), Call())
    assert {failure.property for failure in answer.failures} == {"maxRetries", "defaultTag"}
