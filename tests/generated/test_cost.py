"""The page of costs is that of the program as it is, and every stack has its prices."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from sandbox.cost.bill import Bill, bill_of
from sandbox.cost.stack import Stack
from sandbox.cost.usage import Usage
from tests.generated.cost import FILE, STACKS, page, stack_of
from tests.recordings import recorded


def _bill(stack: str) -> Bill:
    return bill_of(stack_of(recorded(stack)), Usage())


def test_the_page_is_that_of_the_program() -> None:
    made = page({stack: recorded(stack) for stack in STACKS})
    assert FILE.read_text(encoding="utf-8") == made, "run: python -m tests.generated.cost"


@pytest.mark.parametrize("stack", STACKS)
def test_every_type_and_class_that_a_stack_uses_has_a_price(stack: str) -> None:
    """What is not priced is what AWS bills by a measure that nobody knows before, and says which."""
    assert [line.what for line in _bill(stack).lines if not line.priced and not line.why] == []


def test_production_costs_what_its_parts_cost_and_more_than_staging_and_development() -> None:
    prod, staging, dev = (_bill(stack).dollars for stack in STACKS)
    assert prod[0] > staging[0] > dev[0] > 100
    for stack in STACKS:
        bill = _bill(stack)
        assert bill.dollars[0] == pytest.approx(sum(line.dollars[0] for _, lines in bill.parts for line in lines))


def test_productions_budget_is_the_one_of_its_stack_file_and_is_enough() -> None:
    bill = _bill("prod")
    assert bill.budget == 6000
    assert bill.dollars[1] < bill.budget


def test_every_service_has_a_line_for_its_vcpus_and_for_its_memory() -> None:
    graph = recorded("prod")
    services = {str(one.inputs["name"]) for one in graph.of("ecs/service:Service")}
    named = {line.what for line in _bill("prod").lines}
    assert {f"{service}: {of}" for service in services for of in ("vCPU", "memory")} <= named


_CENTS = {
    "accessanalyzer": "Access Analyzer for what is shared is free",
    "acm": "certificates for AWS's own services are free",
    "athena": "5 dollars for each TB that a question reads, and records are small",
    "ebs": "a setting of the account",
    "glue": "the first million objects of the catalogue are free",
    "iam": "free",
    "route53": "cents for each million queries; the zone is not the stack's",
    "servicediscovery": "cents for each name",
    "sns": "cents for each thousand messages",
    "vpc": "rules of security groups are free",
}
"""Services of AWS whose resources cost nothing or next to it, and why."""


@pytest.mark.parametrize("stack", STACKS)
def test_no_service_of_aws_is_forgotten(stack: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: set[str] = set()
    everywhere = Stack.everywhere

    def noted(self: Stack, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        asked.update(one["type"] for one in self.resources if one["type"].endswith(kind))
        return everywhere(self, kind)

    monkeypatch.setattr(Stack, "everywhere", noted)
    bill = _bill(stack)
    billed = {kind.split(":")[1].split("/")[0] for kind in asked if kind.startswith("aws:")}
    made = {one.type.split(":")[1].split("/")[0] for one in recorded(stack).resources if one.type.startswith("aws:")}
    assert len(bill.lines) > 40
    assert made - billed == made & _CENTS.keys(), "give it a line in sandbox/cost, or say here why it costs nothing"
