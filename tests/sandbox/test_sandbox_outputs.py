"""Outputs are blind in a preview, well-formed and repeatable in an up."""

import json
import re

from provider_calls import BUCKET, DATABASE, VALID, Call, create, provider, update, urn
from pulumi.runtime.proto import provider_pb2
from pulumi.runtime.rpc import UNKNOWN

from sandbox.properties import decode, encode

FUNCTION = "aws:lambda/function:Function"
BALANCER = "aws:lb/loadBalancer:LoadBalancer"


def test_a_preview_knows_inputs_and_nothing_that_aws_computes() -> None:
    identifier, outputs = create(DATABASE, VALID[DATABASE], preview=True)
    assert identifier == ""
    assert outputs["arn"] == outputs["address"] == outputs["masterUserSecrets"] == UNKNOWN
    assert outputs["instanceClass"] == "db.t4g.medium"


def test_the_same_resource_gets_the_same_outputs() -> None:
    assert create(DATABASE, VALID[DATABASE]) == create(DATABASE, VALID[DATABASE])


def test_two_resources_share_no_arn() -> None:
    arns = {create(DATABASE, VALID[DATABASE], name=name)[1]["arn"] for name in "abc"}
    assert len(arns) == 3


def test_a_replacement_is_another_resource() -> None:
    first, second = (create("aws:ec2/subnet:Subnet", {"vpcId": "vpc-1", "cidrBlock": block})[0] for block in "ab")
    assert first != second


def test_a_database_has_a_host_and_the_secret_that_rds_keeps() -> None:
    _, outputs = create(DATABASE, {**VALID[DATABASE], "identifier": "dify"})
    assert re.fullmatch(r"dify\.[0-9a-f]{12}\.eu-central-1\.rds\.amazonaws\.com", outputs["address"])
    assert outputs["masterUserSecrets"][0]["secretArn"].startswith("arn:aws:secretsmanager:eu-central-1:111122223333:")


def test_a_domains_host_says_that_it_is_in_a_network() -> None:
    inputs = {"domainName": "dify-prod", "vpcOptions": {"subnetIds": ["subnet-1"]}}
    identifier, outputs = create("aws:opensearch/domain:Domain", inputs)
    assert identifier == outputs["arn"] == "arn:aws:es:eu-central-1:111122223333:domain/dify-prod"
    assert re.fullmatch(r"vpc-dify-prod-[0-9a-f]{26}\.eu-central-1\.es\.amazonaws\.com", outputs["endpoint"])


def test_a_database_with_a_password_of_its_own_has_no_kept_secret() -> None:
    inputs = {**VALID[DATABASE], "manageMasterUserPassword": False, "password": "given"}
    assert create(DATABASE, inputs)[1]["masterUserSecrets"] == []


def test_a_load_balancers_suffix_is_the_end_of_its_arn() -> None:
    _, outputs = create(BALANCER, {"name": "edge"})
    assert outputs["arn"].endswith(f"loadbalancer/{outputs['arnSuffix']}")
    assert outputs["arnSuffix"].startswith("app/edge/")


def test_a_certificate_names_one_validation_record_for_each_domain() -> None:
    inputs = {"domainName": "a.example", "subjectAlternativeNames": ["*.a.example"], "validationMethod": "DNS"}
    options = create("aws:acm/certificate:Certificate", inputs)[1]["domainValidationOptions"]
    assert [option["domainName"] for option in options] == ["a.example", "*.a.example"]
    assert options[0]["resourceRecordName"] == options[1]["resourceRecordName"]


def test_arns_have_the_form_of_their_service() -> None:
    assert create(BUCKET, {"bucket": "files"})[1]["arn"] == "arn:aws:s3:::files"
    assert create("aws:iam/role:Role", {"name": "r"})[1]["arn"] == "arn:aws:iam::111122223333:role/r"


def test_an_update_keeps_what_aws_computed() -> None:
    _, before = create(DATABASE, VALID[DATABASE])
    after = update(DATABASE, before, {**VALID[DATABASE], "allocatedStorage": 50})
    assert after["allocatedStorage"] == 50
    assert {name: after[name] for name in ("arn", "address")} == {name: before[name] for name in ("arn", "address")}


def test_an_input_that_is_no_longer_given_is_gone() -> None:
    _, before = create(DATABASE, {**VALID[DATABASE], "deletionProtection": True})
    assert "deletionProtection" not in update(DATABASE, before, VALID[DATABASE])


def test_new_code_gives_a_function_a_new_hash_that_a_preview_does_not_know() -> None:
    old, new = ({"role": "r", "name": "f", "code": {"text": text}} for text in ("one", "two"))
    _, before = create(FUNCTION, old)
    assert update(FUNCTION, before, new)["codeSha256"] != before["codeSha256"]
    assert update(FUNCTION, before, new, preview=True)["codeSha256"] == UNKNOWN
    assert update(FUNCTION, before, old, preview=True)["codeSha256"] == before["codeSha256"]


def test_default_tags_of_the_provider_reach_every_taggable_resource() -> None:
    one = provider()
    args = encode(
        {"region": "eu-west-1", "allowedAccountIds": '["999988887777"]', "defaultTags": '{"tags": {"a": "b"}}'}
    )
    one.Configure(provider_pb2.ConfigureRequest(args=args), Call())
    _, outputs = create("aws:sns/topic:Topic", {"name": "t", "tags": {"c": "d"}}, by=one)
    assert outputs["tagsAll"] == {"a": "b", "c": "d"}
    assert outputs["arn"] == "arn:aws:sns:eu-west-1:999988887777:t"


def test_two_providers_keep_their_regions() -> None:
    one = provider()
    for number, region in enumerate(("eu-west-1", "us-east-1")):
        args = encode({"region": region})
        one.Configure(provider_pb2.ConfigureRequest(args=args), Call(f"connection {number}"))
    request = provider_pb2.CreateRequest(urn=urn("aws:sns/topic:Topic"), properties=encode({"name": "t"}))
    made = [decode(one.Create(request, Call(f"connection {number}")).properties)["region"] for number in (0, 1, 2)]
    assert made == ["eu-west-1", "us-east-1", "eu-central-1"]


def test_an_invocation_answers_json() -> None:
    _, outputs = create("aws:lambda/invocation:Invocation", {"functionName": "f", "input": "{}"})
    assert json.loads(outputs["result"]) == {"status": "ok"}
