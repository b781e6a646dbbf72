"""Faults, lookups and many calls at once, the last against a provider process of its own."""

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from provider_calls import BUCKET, DATABASE, VALID, Call, Refused, create, provider, urn
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from sandbox.faults import Faults, from_environment
from sandbox.properties import decode, encode
from sandbox.replacements import REPLACES
from sandbox.workspace import providers


def test_the_nth_create_fails_and_the_next_one_does_not() -> None:
    one = provider(fail_create=2)
    create(BUCKET, {}, by=one)
    with pytest.raises(Refused, match="create 2"):
        create(BUCKET, {}, by=one)
    create(BUCKET, {}, by=one)


def test_a_preview_is_no_create() -> None:
    one = provider(fail_create=1)
    create(BUCKET, {}, by=one, preview=True)
    with pytest.raises(Refused):
        create(BUCKET, {}, by=one)


def test_throttling_comes_back_every_nth_time() -> None:
    one = provider(throttle_every=2)
    for _ in range(2):
        create(BUCKET, {}, by=one)
        with pytest.raises(Refused, match="ThrottlingException"):
            create(BUCKET, {}, by=one)


def test_every_create_of_a_type_can_fail() -> None:
    one = provider(fail_type=DATABASE)
    create(BUCKET, {}, by=one)
    with pytest.raises(Refused, match="rds/instance"):
        create(DATABASE, VALID[DATABASE], by=one)


def test_faults_come_from_the_environment() -> None:
    assert from_environment({"SANDBOX_FAULTS": '{"fail_create": 3}'}) == Faults(fail_create=3)
    assert from_environment({}) == Faults()


def test_a_misspelt_fault_is_an_error() -> None:
    with pytest.raises(TypeError):
        from_environment({"SANDBOX_FAULTS": '{"fail_creates": 3}'})


def test_a_lookup_is_answered_the_same_every_time() -> None:
    request = provider_pb2.InvokeRequest(tok="aws:index/getAvailabilityZones:getAvailabilityZones", args=encode({}))
    answers = [decode(getattr(provider().Invoke(request, Call()), "return"))["names"] for _ in "ab"]
    assert answers == [["eu-central-1a", "eu-central-1b", "eu-central-1c"]] * 2


def test_a_lookup_without_an_answer_is_named() -> None:
    with pytest.raises(Refused, match="aws:ec2/getAmi:getAmi"):
        provider().Invoke(provider_pb2.InvokeRequest(tok="aws:ec2/getAmi:getAmi", args=encode({})), Call())


def test_many_first_calls_at_once_meet_no_half_imported_type() -> None:
    tokens = [token for token in REPLACES if token.startswith("aws:")] * 2
    with providers() as variables:
        ports = dict(one.split(":") for one in variables["PULUMI_DEBUG_PROVIDERS"].split(","))
        address = f"127.0.0.1:{ports['aws']}"
        with grpc.insecure_channel(address) as channel, ThreadPoolExecutor(32) as threads:
            stub: Any = provider_pb2_grpc.ResourceProviderStub(channel)

            def reasons(token: str) -> list[str]:
                answer = stub.Check(provider_pb2.CheckRequest(urn=urn(token), news=encode({"nonsense": 1})), timeout=60)
                return [failure.reason for failure in answer.failures if failure.property == "nonsense"]

            found = list(threads.map(reasons, tokens))
    assert all(len(one) == 1 and one[0].startswith("unknown property") for one in found), os.linesep.join(
        map(str, found)
    )
