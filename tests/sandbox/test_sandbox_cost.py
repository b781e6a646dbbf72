"""The bill of a rehearsed stack."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from sandbox.cost import __main__ as command
from sandbox.cost.bill import bill_of, note
from sandbox.cost.line import HOURS, Line
from sandbox.cost.price_list import REFERENCE, prices, regions
from sandbox.cost.stack import Stack
from sandbox.cost.text import text
from sandbox.cost.usage import Usage
from settings.mistake import Mistake

_HERE = "urn:pulumi:prod::dify::pulumi:providers:aws::aws"
_THERE = "urn:pulumi:prod::dify::pulumi:providers:aws::aws-there"


def _resource(kind: str, provider: str = _HERE, **inputs: Any) -> dict[str, Any]:
    return {"type": f"aws:{kind}", "urn": f"urn::{kind}", "inputs": inputs, "provider": f"{provider}::id"}


def _stack(*resources: Mapping[str, Any], region: str = "eu-central-1") -> Stack:
    providers = [
        {"type": "pulumi:providers:aws", "urn": urn, "inputs": {"region": where}, "provider": ""}
        for urn, where in ((_HERE, region), (_THERE, "eu-west-1"))
    ]
    return Stack(resources=[*providers, _resource("ecs/cluster:Cluster", name="dify"), *resources])


def _lines(*resources: Mapping[str, Any], region: str = "eu-central-1") -> dict[str, Line]:
    return {line.what: line for line in bill_of(_stack(*resources, region=region), Usage()).lines}


def _service(**more: Any) -> list[dict[str, Any]]:
    return [
        _resource("ecs/service:Service", name="api", desiredCount=3),
        _resource("ecs/taskDefinition:TaskDefinition", family="dify-api", cpu="2048", memory="4096", **more),
    ]


_DATABASE = _resource(
    "rds/instance:Instance", instanceClass="db.m7g.xlarge", allocatedStorage=100, maxAllocatedStorage=1000,
    multiAz=True, manageMasterUserPassword=True,
)  # fmt: skip


def test_a_service_is_billed_for_the_tasks_that_it_has_at_least_and_at_most() -> None:
    target = _resource("appautoscaling/target:Target", resourceId="service/dify/api", minCapacity=2, maxCapacity=5)
    vcpu, memory = (_lines(*_service(), target)[what] for what in ("api: vCPU", "api: memory"))
    assert (vcpu.least, vcpu.most) == (2 * 2 * HOURS, 5 * 2 * HOURS)
    assert (memory.least, memory.most) == (2 * 4 * HOURS, 5 * 4 * HOURS)
    assert vcpu.dollars == pytest.approx((2 * 2 * 730 * 0.04656, 5 * 2 * 730 * 0.04656))


def test_a_service_that_does_not_scale_is_billed_for_the_tasks_that_it_wants() -> None:
    line = _lines(*_service())["api: vCPU"]
    assert line.least == line.most == 3 * 2 * HOURS


def test_only_the_disk_above_what_is_included_is_billed() -> None:
    assert "api: disk" not in _lines(*_service(ephemeralStorage={"sizeInGib": 20}))
    assert _lines(*_service(ephemeralStorage={"sizeInGib": 50}))["api: disk"].least == 3 * 30 * HOURS


def test_a_database_over_two_zones_is_billed_twice_and_its_storage_as_far_as_it_may_grow() -> None:
    lines = _lines(_DATABASE)
    assert lines["PostgreSQL db.m7g.xlarge, 2 x"].least == 2 * HOURS
    storage = lines["PostgreSQL: storage"]
    assert (storage.least, storage.most) == (200, 2000)
    assert lines["secrets"].least == 1


def test_a_price_is_the_regions_own_and_else_the_one_of_the_reference_and_says_so() -> None:
    lines = _lines(_DATABASE)
    assert not lines["PostgreSQL: storage"].of_reference
    assert lines["PostgreSQL: storage"].each == prices()["database-storage"].dollars["eu-central-1"]
    assert lines["PostgreSQL db.m7g.xlarge, 2 x"].of_reference
    bill = bill_of(_stack(_DATABASE), Usage())
    assert 0 < bill.of_reference < 1
    assert note(bill).endswith("marked *: those of eu-central-1 are not known, and usually higher.")


def test_in_the_reference_region_every_price_is_its_own() -> None:
    bill = bill_of(_stack(_DATABASE, *_service(), region=REFERENCE), Usage())
    assert note(bill) == "Every price is one of us-east-1."


def test_a_class_without_a_price_is_not_priced_and_no_number() -> None:
    rare = _resource("elasticache/replicationGroup:ReplicationGroup", nodeType="cache.m8g.16xlarge", numCacheClusters=2)
    line = _lines(rare)["cache cache.m8g.16xlarge, 2 x"]
    assert (line.priced, line.dollars) == (False, (0, 0))
    printed = text("prod", bill_of(_stack(rare), Usage()), Usage())
    assert "not priced: no price of cache.m8g.16xlarge is in sandbox/cost/prices.yaml" in printed


def test_keys_are_billed_where_they_are() -> None:
    stack = _stack(*[_resource("kms/key:Key")] * 3, _resource("kms/key:Key", _THERE))
    keys = [line for line in bill_of(stack, Usage()).lines if line.what == "keys"]
    assert [(line.region, line.least) for line in keys] == [("eu-central-1", 3), ("eu-west-1", 1)]


def test_an_endpoint_is_billed_in_each_zone_and_the_one_of_s3_not_at_all() -> None:
    interface = _resource("ec2/vpcEndpoint:VpcEndpoint", vpcEndpointType="Interface", subnetIds=["a", "b", "c"])
    gateway = _resource("ec2/vpcEndpoint:VpcEndpoint", vpcEndpointType="Gateway")
    assert _lines(interface, interface, gateway)["endpoints, 2 in 6 places"].least == 6 * HOURS


def test_a_public_load_balancer_has_an_address_in_each_zone_and_an_internal_one_none() -> None:
    public = _resource("lb/loadBalancer:LoadBalancer", internal=False, subnets=["a", "b", "c"])
    assert _lines(public, _resource("ec2/eip:Eip"))["public addresses, 4 x"].least == 4 * HOURS
    assert "public addresses, 4 x" not in _lines(
        _resource("lb/loadBalancer:LoadBalancer", internal=True, subnets=["a"])
    )


@pytest.mark.parametrize(
    ("schedule", "runs"),
    [("rate(1 minute)", 43_800), ("rate(30 minutes)", 1_460), ("cron(* * * * ? *)", 43_800),
     ("cron(1/5 * * * ? *)", 8_760), ("cron(30 * * * ? *)", 730), ("cron(0 9 ? * 2#1 *)", 1)],
)  # fmt: skip
def test_a_function_runs_as_often_as_its_schedule_says(schedule: str, runs: int) -> None:
    rule = _resource("cloudwatch/eventRule:EventRule", scheduleExpression=schedule)
    function = _resource("lambda/function:Function", memorySize=512)
    lines = _lines(rule, function)
    assert lines["functions: runs"].least == pytest.approx(runs / 1_000_000)
    assert lines["functions: time"].least == pytest.approx(runs * 2 * 0.5)


def test_an_assumption_changes_the_lines_that_follow_from_it_and_no_other() -> None:
    gateway = _resource("ec2/natGateway:NatGateway")
    for name in Usage().stated():
        before = bill_of(_everything(gateway), Usage()).lines
        after = bill_of(_everything(gateway), Usage().with_words([f"{name}=7777"])).lines
        changed = [old for old, new in zip(before, after, strict=True) if old != new]
        assert changed, name
        assert all(line.assumed for line in changed), name


def _everything(*more: Mapping[str, Any]) -> Stack:
    kinds = (
        "ecr/repository:Repository", "backup/plan:Plan", "cloudtrail/trail:Trail", "cfg/recorder:Recorder",
        "lambda/function:Function",
    )  # fmt: skip
    return _stack(
        *more,
        *map(_resource, kinds),
        _DATABASE,
        _resource("s3/bucket:Bucket", _THERE),
        _resource("rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication", _THERE),
        _resource("lb/loadBalancer:LoadBalancer", subnets=["a"]),
        _resource("wafv2/webAcl:WebAcl", rules=[{}, {}]),
        _resource("cloudwatch/eventRule:EventRule", scheduleExpression="rate(1 minute)"),
        _resource("ec2/vpcEndpoint:VpcEndpoint", vpcEndpointType="Interface", subnetIds=["a"]),
    )


@pytest.mark.parametrize(
    ("budget", "words"),
    [("10", "exceeds its budget of 10 even at its least"), ("100", "too little where all of it is used"),
     ("100000", "is enough for all that is priced")],
)  # fmt: skip
def test_a_bill_is_compared_with_the_budget(budget: str, words: str) -> None:
    target = _resource("appautoscaling/target:Target", resourceId="service/dify/api", minCapacity=0, maxCapacity=9)
    limit = _resource("budgets/budget:Budget", limitAmount=budget)
    assert words in bill_of(_stack(*_service(), target, limit), Usage()).verdict()


def test_without_a_budget_that_is_said() -> None:
    assert "No budget is set" in bill_of(_stack(), Usage()).verdict()


def test_a_region_without_prices_is_refused_and_told_where_to_add_them() -> None:
    with pytest.raises(Mistake, match=r"no prices of ap-south-1; add them to sandbox/cost/prices\.yaml, which has"):
        bill_of(_stack(region="ap-south-1"), Usage())


def test_every_price_has_a_unit_a_source_and_a_date_and_one_of_the_reference_region() -> None:
    for name, price in prices().items():
        assert price.unit, name
        assert len(price.source) > 20, name
        assert price.seen[:3] == "202", name
        assert 0 < price.dollars[REFERENCE] < 10, name
        assert all(0.7 < dollars / price.dollars[REFERENCE] < 1.5 for dollars in price.dollars.values()), name
    assert {*regions()} <= {region for price in prices().values() for region in price.dollars}


def test_the_command_prints_the_bill_of_a_rehearsed_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    state = {"deployment": {"resources": list(_stack(_DATABASE).resources)}}
    (tmp_path / "prod.state.json").write_text(json.dumps(state))
    monkeypatch.setattr(command, "BUILD", tmp_path)
    assert command.main(["prod", "nat_gb=9"]) == 0
    out = capsys.readouterr().out
    assert "PostgreSQL db.m7g.xlarge, 2 x" in out
    assert "nat_gb=9," in out


@pytest.mark.parametrize(
    ("call", "code", "words"),
    [
        ("", 2, "usage: python -m sandbox.cost STACK"),
        ("prod nat=9", 2, "'nat=9' names no assumption; set one of backup_gb,"),
        ("prod nat_gb=much", 2, "'nat_gb=much' has no number; write for instance nat_gb=10"),
        ("prod", 1, "prod: no rehearsed state; run make rehearse STACK=prod first"),
        ("host", 1, "host: no cluster in it, and so no stack on AWS"),
        ("far", 1, "far: no prices of ap-south-1;"),
    ],
)
@pytest.mark.usefixtures("states")
def test_what_cannot_be_billed_is_one_line(
    capsys: pytest.CaptureFixture[str], call: str, code: int, words: str
) -> None:
    assert command.main(call.split()) == code
    err = capsys.readouterr().err
    assert err.startswith(words)
    assert err.count("\n") == 1


@pytest.fixture
def states(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of prod's kind in a region without prices, and one of a host."""
    for name, resources in (("far", list(_stack(region="ap-south-1").resources)), ("host", [])):
        state = {"deployment": {"resources": resources}}
        (tmp_path / f"{name}.state.json").write_text(json.dumps(state))
    monkeypatch.setattr(command, "BUILD", tmp_path)
