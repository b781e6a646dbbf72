"""Wrong values of what is counted of Dify's use, each with its line."""

from tests.settings.bad_kinds import bounds, whole
from tests.settings.stack_files import Bad


def _currencies(value: list[str], rule: str, fix: str = "write them like [USD]") -> Bad:
    return Bad(key="business.currencies", value=value, rule=rule, fix=fix)


BUSINESS: tuple[Bad, ...] = (
    Bad(key="business.enabled", value="on", rule="must be true or false", fix="write one, for example true"),
    *bounds("business.apps", 1, 50),
    *whole("business.apps", 10),
    *bounds("business.models", 1, 50),
    *bounds("business.loudFactor", 2, 1000),
    *bounds("business.historyDays", 30, 3653),
    *(_currencies(value, "must be codes of three capital letters") for value in (["usd"], ["USD", ""], ["EURO"])),
    _currencies(["USD", "USD"], "each currency may appear once", "remove the second one"),
    _currencies([], "must be 1 to 5 currencies"),
    _currencies(["AAA", "BBB", "CCC", "DDD", "EEE", "FFF"], "must be 1 to 5 currencies"),
)
