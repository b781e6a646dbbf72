"""What the tracked stacks are promised, from their own settings."""

from settings.availability import availability
from tests.components.component_graphs import settings
from tests.settings.stack_files import parsed


def test_the_chain_of_production_is_what_a_chat_passes() -> None:
    found = availability(settings("prod")).as_output()
    assert found["hard"] == {
        "Route 53": 100,
        "load balancer": 99.99,
        "Fargate": 99.99,
        "database": 99.95,
        "cache": 99.99,
    }
    assert set(found["soft"]) == {"S3", "OpenSearch", "KMS"}


def test_production_is_promised_three_nines() -> None:
    assert availability(settings("prod")).percent >= 99.9


def test_a_web_firewall_that_refuses_what_it_cannot_judge_stands_in_the_chain() -> None:
    chains = [availability(parsed({"webFirewall.failOpen": value})).hard for value in (True, False)]
    assert ["AWS WAF" in {part.name for part in chain} for chain in chains] == [False, True]


def test_each_part_of_productions_chain_promises_three_nines() -> None:
    assert all(part.percent is None or part.percent >= 99.9 for part in availability(settings("prod")).hard)


def test_development_is_promised_less_than_production() -> None:
    assert availability(settings("dev")).percent < availability(settings("prod")).percent


def test_a_closed_network_has_no_firewall_and_no_gateway_in_its_chain() -> None:
    closed = availability(parsed({"network.internet": False, "edge.allowedCidrs": ["10.0.0.0/8"]}))
    assert not {"AWS WAF", "NAT gateways"} & {part.name for part in closed.hard}


def test_a_pool_before_the_database_is_named() -> None:
    assert "RDS Proxy" in availability(parsed({"database.proxy": True})).as_output()["not_counted"]
