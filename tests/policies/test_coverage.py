"""Every demand of the baseline and of the production guide has an answer, and the page that shows them is current."""

import pytest

from policies.coverage.demands import RULES, Demand, controls, everything_wrong, guide, unanswered
from policies.coverage.page import FILE, controls_table, guide_tables, page

CONTROLS = 197
"""As many as the baseline has."""

TEST = "tests/policies/test_coverage.py::test_every_demand_is_answered"

CHAPTER = (
    "Network",
    "HTTPS, certificates and names",
    "API",
    "Encryption in transit",
    "Encryption at rest",
    "Access",
    "Isolation",
    "Audit",
    "Keys and secrets",
    "Updates",
)

OF_OTHER_CHAPTERS = frozenset(
    {
        "aws-resource-must-not-overwrite-another",
        "aws-store-must-refuse-forced-destroy",
        "appautoscaling-policy-must-leave-room-for-a-zone",
        "backup-plan-must-keep-a-month",
        "backup-plan-must-keep-every-moment",
        "backup-restore-test-must-be-missed",
        "backup-restore-test-must-clean-up",
        "backup-restore-test-must-stay-private",
        "backup-selection-must-be-restore-tested",
        "backup-selection-must-cover-stores",
        "backup-vault-must-be-locked",
        "backup-vault-must-deny-deletion",
        "budgets-budget-must-reach-someone",
        "cloudwatch-alarm-must-decide-missing-data",
        "cloudwatch-alarm-must-have-its-metric",
        "cloudwatch-alarm-must-name-a-runbook",
        "cloudwatch-alarm-must-use-a-fitting-statistic",
        "cloudwatch-alarm-must-watch-a-known-metric",
        "cloudwatch-alarm-must-watch-own-metrics",
        "cloudwatch-alarm-must-watch-what-can-fail",
        "cloudwatch-alarm-period-must-fit-the-metric",
        "cloudwatch-alarm-threshold-must-be-reachable",
        "cloudwatch-event-target-must-bound-its-retries",
        "docker-container-must-be-awaited",
        "docker-container-must-be-healthy",
        "docker-container-must-have-open-files",
        "docker-container-must-rotate-its-log",
        "docker-container-must-start-again",
        "docker-port-must-be-published-once",
        "docker-resource-must-not-share-its-name",
        "docker-service-must-have-two-containers",
        "docker-store-must-keep-its-data",
        "docker-volume-must-be-protected",
        "docker-volume-must-have-one-store",
        "ec2-address-must-be-in-use",
        "ec2-nat-gateway-must-serve-its-own-zone",
        "ec2-placement-must-span-zones",
        "ec2-security-group-must-say-what-it-is-for",
        "ec2-subnet-must-name-its-zone",
        "ecs-cluster-must-have-insights",
        "ecs-service-must-have-time-to-start",
        "ecs-service-must-keep-its-strength",
        "ecs-service-must-name-its-cluster",
        "ecs-service-must-roll-back",
        "ecs-service-must-scale-or-be-a-singleton",
        "elasticache-replication-group-must-fail-over",
        "elasticache-replication-group-must-have-subnets-of-its-own",
        "elasticache-replication-group-must-keep-snapshots",
        "lb-load-balancer-must-refuse-deletion",
        "lb-target-group-must-check-health",
        "lb-target-group-must-have-targets",
        "opensearch-domain-must-have-snapshots-outside",
        "opensearch-domain-must-outlive-a-zone",
        "pulumi-exemption-must-be-current",
        "pulumi-stateful-resource-must-be-protected",
        "rds-instance-must-be-monitored",
        "rds-instance-must-be-multi-az",
        "rds-instance-must-carry-every-pool",
        "rds-instance-must-have-insights",
        "rds-instance-must-keep-backups",
        "rds-instance-must-refuse-deletion",
        "rds-instance-must-replicate-its-backups",
        "rds-instance-must-tag-its-snapshots",
        "rds-proxy-must-bound-its-pool",
        "s3-bucket-must-be-replicated",
        "s3-bucket-must-clean-up",
        "s3-bucket-must-end-old-versions",
        "s3-bucket-must-keep-versions",
        "s3-bucket-policy-must-not-lock-out",
        "wafv2-web-acl-must-ring",
    }
)
"""Rules that keep the stack up, its data there, somebody awake, or its costs in sight."""

LEAST_BY_RULES = 183
"""Controls that at least one rule guards."""


def test_every_demand_is_answered() -> None:
    assert list(everything_wrong()) == []


def test_no_control_of_the_baseline_is_left_out() -> None:
    assert [demand.number for demand in controls()] == list(range(1, CONTROLS + 1))


def test_no_heading_of_the_guide_is_left_out() -> None:
    assert list(dict.fromkeys(heading for heading, _ in guide())) == list(CHAPTER)


def test_every_line_of_the_guide_is_done_somewhere_and_proved_by_a_test() -> None:
    assert [line.title for _, line in guide() if not line.where or not line.tests] == []


def test_every_rule_is_named_by_a_line_of_the_guide_unless_it_is_of_another_chapter() -> None:
    named = {rule for _, line in guide() for rule in line.rules}
    assert {rule.name for rule in RULES} - named == OF_OTHER_CHAPTERS


def test_no_fewer_controls_than_before_are_guarded_by_rules() -> None:
    assert sum(bool(demand.rules) for demand in controls()) >= LEAST_BY_RULES


def test_no_title_is_read_as_something_else_than_text() -> None:
    assert [demand.title for demand in controls() if demand.title.startswith(("True", "False", "None"))] == []


@pytest.mark.parametrize(
    ("demand", "mistake"),
    [
        (Demand(title="a", tests=(TEST,), rules=("kms-key-must-sing",)), "a: there is no rule kms-key-must-sing"),
        (Demand(title="a", tests=(TEST,), where=("components/none.py",)), "a: there is no file components/none.py"),
        (Demand(title="a", tests=(f"{TEST}_in_time",)), f"a: there is no test {TEST}_in_time"),
        (Demand(title="a", tests=(TEST[:-1],)), f"a: there is no test {TEST[:-1]}"),
        (Demand(title="a", tests=("tests/none.py::test_a",)), "a: there is no test tests/none.py::test_a"),
        (Demand(title="a", rules=("kms-key-must-rotate",)), "a: no test proves it, and no reason is given"),
    ],
)
def test_an_answer_that_does_not_hold_is_found(demand: Demand, mistake: str) -> None:
    assert unanswered(demand) == [mistake]


def test_an_answer_that_holds_is_silent() -> None:
    assert unanswered(Demand(title="a", tests=(TEST,), rules=("kms-key-must-rotate",), where=("__main__.py",))) == []
    assert unanswered(Demand(title="a", reason="nothing here can break it")) == []


def test_a_rule_belongs_to_a_control_by_a_common_id_however_it_is_spelt() -> None:
    (updates,) = [demand for demand in controls() if "OpenSearch.10" in demand.ids]
    assert updates.rules == ("opensearch-domain-must-update-itself",)
    assert updates.where == ("components/search.py",)
    assert [test.partition("::")[2] for test in updates.tests] == list(updates.rules)


def test_the_page_is_current() -> None:
    text = FILE.read_text(encoding="utf-8")
    assert page(text) == text, "run: python -m policies.coverage.page"


def test_the_page_has_both_tables_between_its_marks() -> None:
    text = FILE.read_text(encoding="utf-8")
    assert guide_tables() in text
    assert controls_table() in text
    stale = text.replace(controls_table(), "| what it once was |\n")
    assert page(stale) == text
