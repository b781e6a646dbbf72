"""What rings about the web application firewall."""

import pytest

from components.alarm_tables.firewall import web_acl_alarms
from components.alarms import Alarm
from dify.web_firewall import GROUPS, Outcome, firewall_rules
from settings.web_firewall import WebFirewall

_RULES = firewall_rules(WebFirewall().choices(own_addresses=True))


def _alarms(region: str | None = "eu-central-1") -> dict[str, Alarm]:
    return {alarm.name: alarm for alarm in web_acl_alarms("dify-prod", _RULES, region=region)}


def _watched(alarm: Alarm) -> set[str]:
    return {str(metric.dimensions["Rule"]) for metric in alarm.metrics.values()}


@pytest.mark.parametrize(("region", "place"), [("eu-central-1", {"Region": "eu-central-1"}), (None, {})])
def test_metrics_are_of_this_acl_and_have_a_region_unless_it_is_a_distributions(
    region: str | None, place: dict[str, str]
) -> None:
    for alarm in _alarms(region).values():
        for metric in alarm.metrics.values():
            assert (metric.namespace, metric.name, metric.statistic) == ("AWS/WAFV2", "BlockedRequests", "Sum")
            assert {**metric.dimensions, "Rule": ""} == {"WebACL": "dify-prod", "Rule": "", **place}


def test_all_refusals_are_watched_together() -> None:
    assert _watched(_alarms()["waf-blocked"]) == {"ALL"}


def test_refused_sign_ins_are_watched_at_both_doors() -> None:
    assert _watched(_alarms()["waf-sign-ins"]) == {"limit-login-ip", "limit-webAppLogin-ip"}


def test_managed_rules_are_watched_with_what_acts_on_their_labels() -> None:
    names = {rule.name for rule in _RULES}
    watched = _watched(_alarms()["waf-managed"])
    assert {group.name for group in GROUPS} < watched <= names
    assert {rule.name for rule in _RULES if rule.outcome is Outcome.INSPECT} < watched


def test_a_sum_counts_a_rule_without_matches_as_nothing_and_holds_ten_metrics_at_most() -> None:
    for alarm in _alarms().values():
        assert len(alarm.metrics) <= 10
        if len(alarm.metrics) > 1:
            assert alarm.expression == " + ".join(f"FILL({metric}, 0)" for metric in alarm.metrics)
        else:
            assert alarm.expression is None


def test_silence_is_no_attack() -> None:
    assert {alarm.missing for alarm in _alarms().values()} == {"notBreaching"}
