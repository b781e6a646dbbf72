"""The web application firewall: which requests to Dify meet which rule, as data and pure functions.

AWS WAF asks the rules of a web ACL in order until one ends the request (AWS WAF Developer Guide, "Setting rule
priority"). Managed rules that would break Dify only count, and act again by their label on routes where they break
nothing.
"""

from dify.web_firewall.decision import Decision, decide
from dify.web_firewall.managed_groups import GROUPS, TUNINGS
from dify.web_firewall.request import Per, Request
from dify.web_firewall.route_classes import ROUTES, RouteClass
from dify.web_firewall.rules import Choices, Outcome, Rule, address_sets, firewall_rules, units
from dify.web_firewall.statements import RateLimit

__all__ = [
    "GROUPS",
    "ROUTES",
    "TUNINGS",
    "Choices",
    "Decision",
    "Outcome",
    "Per",
    "RateLimit",
    "Request",
    "RouteClass",
    "Rule",
    "address_sets",
    "decide",
    "firewall_rules",
    "units",
]
