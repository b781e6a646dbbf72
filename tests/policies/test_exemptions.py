"""What may be accepted for a while, and what is said about it."""

import re
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from policies.guardrails import exemptions, rule
from policies.guardrails.tokens import BUCKET, KEY
from tests.policies.graph_adapter import Declared, Verdict, judge

TODAY = date(2027, 1, 1)
RULE = "kms-key-must-rotate"
SOUND = {"rule": RULE, "resource": "key-a", "reason": "moving", "owner": "platform", "expires": "2027-02-01"}


def file_of(*entries: dict[str, Any]) -> str:
    return "exemptions:\n" + "".join(
        "  - {" + ", ".join(f"{name}: {value}" for name, value in entry.items()) + "}\n" for entry in entries
    )


def accepted(today: date = TODAY, **changes: Any) -> exemptions.Exemptions:
    found = exemptions.parse(file_of(SOUND | changes), today)
    assert not found.mistakes([RULE])
    return found


def subject(name: str = "key-a", type_: str = KEY) -> exemptions.Subject:
    found: Any = SimpleNamespace(name=name, type=type_)
    return found


def lines(*found: exemptions.Exemptions) -> list[str]:
    return [line for one in found for line in one.report()]


def test_an_exemption_holds_on_its_last_day_and_not_after() -> None:
    assert accepted(date(2027, 2, 1)).cover(RULE, subject())
    assert not accepted(date(2027, 2, 2)).cover(RULE, subject())


def test_an_exemption_covers_its_rule_and_resource_only() -> None:
    found = accepted()
    assert not found.cover(RULE, subject("key-ab"))
    assert not found.cover("kms-key-must-be-recoverable", subject())


def test_an_exemption_of_a_type_covers_no_other_type_of_that_name() -> None:
    found = accepted(type=f"'{KEY}'")
    assert found.cover(RULE, subject())
    assert not found.cover(RULE, subject(type_=BUCKET))


def test_exemptions_are_reported_as_used_expired_or_unused() -> None:
    used, unused, expired = accepted(), accepted(), accepted(date(2027, 3, 1))
    used.cover(RULE, subject())
    assert lines(used, unused, expired) == [
        f"exemption of key-a from {RULE} is in use until 2027-02-01, owner platform: moving",
        f"exemption of key-a from {RULE} matches no finding in this stack: delete it unless another stack needs it",
        f"exemption of key-a from {RULE} expired on 2027-02-01: fix it, or let platform renew it with a reason",
    ]


def test_nothing_is_said_of_an_exemption_while_its_decision_is_put_off() -> None:
    waiting, other = accepted(), accepted()
    waiting.put_off(RULE, subject())
    other.put_off(RULE, subject("key-b"))
    assert lines(waiting) == []
    assert "matches no finding" in lines(other)[0]


def test_a_use_is_reported_even_where_another_part_of_the_decision_is_put_off() -> None:
    found = accepted()
    found.cover(RULE, subject())
    found.put_off(RULE, subject())
    assert exemptions.IN_USE in lines(found)[0]


WRONG = {
    "no owner": ({"owner": None}, "no owner: add who answers for it"),
    "an empty owner": ({"owner": "''"}, "owner is empty or no text"),
    "an empty reason": ({"reason": "' '"}, "reason is empty or no text"),
    "no reason": ({"reason": None}, "no reason: add why"),
    "no end": ({"expires": None}, "no expires: add the last day"),
    "an end that is no date": ({"expires": "soon"}, "expires is no date"),
    "an end with a time": ({"expires": "2027-02-01 10:00:00"}, "expires is no date"),
    "an end that is too far away": (
        {"expires": "2028-01-03"},
        "expires 2028-01-03 is more than 366 days away: name a day up to 2028-01-02",
    ),
    "a pattern of names": ({"resource": "'key-*'"}, r"resource key-\* is a pattern"),
    "one unknown letter": ({"resource": "'key-?'"}, r"resource key-\? is a pattern"),
    "a pattern of rules": ({"rule": "'*'"}, r"rule \* is a pattern"),
    "an unknown field": ({"stack": "prod"}, "stack is no field: use rule, resource"),
    "a number for a name": ({"resource": "7"}, "resource is empty or no text"),
}


@pytest.mark.parametrize(("changes", "slip"), WRONG.values(), ids=WRONG)
def test_a_wrong_entry_is_told_in_one_line_and_nothing_holds(changes: dict[str, Any], slip: str) -> None:
    wrong = {name: value for name, value in (SOUND | {"resource": "key-b"} | changes).items() if value is not None}
    found = exemptions.parse(file_of(SOUND, wrong), TODAY)
    (line,) = found.mistakes([RULE])
    assert re.search(rf"^exemptions\.yaml, entry 2: {slip}", line)
    assert "\n" not in line
    assert not found.cover(RULE, subject())


def test_an_end_366_days_away_is_near_enough() -> None:
    assert accepted(expires="2028-01-02").cover(RULE, subject())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "exemptions: none",
        "exempt: []",
        "exemptions: []\nmore: 1",
        "exemptions: [",
        "exemptions: [2027-13-01]",
        "[]",
    ],
)
def test_what_is_no_list_of_exemptions_is_told_in_one_line(text: str) -> None:
    (line,) = exemptions.parse(text, TODAY).mistakes([RULE])
    assert line.startswith("exemptions.yaml")
    assert "\n" not in line


def test_an_exemption_from_a_rule_that_does_not_exist_is_a_mistake() -> None:
    (line,) = exemptions.parse(file_of(SOUND), TODAY).mistakes(["kms-key-must-be-recoverable"])
    assert line.startswith(f"exemptions.yaml: no rule is named {RULE} (resource key-a)")


@pytest.mark.parametrize(("first", "second"), [(None, None), (None, KEY), (KEY, KEY)])
def test_two_exemptions_for_one_finding_are_a_mistake(first: str | None, second: str | None) -> None:
    entries = [SOUND | ({"type": f"'{type_}'"} if type_ else {}) for type_ in (first, second)]
    (line,) = exemptions.parse(file_of(*entries), TODAY).mistakes([RULE])
    assert line == f"exemptions.yaml, entry 2: key-a is exempt from {RULE} twice"


def test_exemptions_of_two_types_under_one_name_are_no_mistake() -> None:
    entries = [SOUND | {"type": f"'{type_}'"} for type_ in (KEY, BUCKET)]
    assert exemptions.parse(file_of(*entries), TODAY).mistakes([RULE]) == []


def judged(monkeypatch: pytest.MonkeyPatch, *resources: Declared) -> Verdict:
    """What the rule and the report say, with key-a exempt."""
    monkeypatch.setattr(exemptions, "ACTIVE", accepted())
    wanted = [one.policy for one in rule.RULES if one.name in {RULE, "pulumi-exemption-must-be-current"}]
    root = Declared(type="pulumi:pulumi:Stack", name="dify-prod")
    return judge([root, *resources], sorted(wanted, key=lambda policy: policy.name))


def test_an_exempt_finding_is_not_a_violation_but_the_next_key_is(monkeypatch: pytest.MonkeyPatch) -> None:
    verdict = judged(monkeypatch, Declared(type=KEY, name="key-a"), Declared(type=KEY, name="other"))
    assert [name for _, name, _ in verdict.violations] == ["other", "dify-prod"]
    assert exemptions.IN_USE in verdict.violations[-1][2]


def test_a_key_that_a_preview_cannot_judge_yet_keeps_its_exemption_unmentioned(monkeypatch: pytest.MonkeyPatch) -> None:
    unknown = {"enableKeyRotation": UNKNOWN_STRING_VALUE}
    assert judged(monkeypatch, Declared(type=KEY, name="key-a", props=unknown)).violations == []


def test_a_key_that_passes_makes_its_exemption_superfluous(monkeypatch: pytest.MonkeyPatch) -> None:
    verdict = judged(monkeypatch, Declared(type=KEY, name="key-a", props={"enableKeyRotation": True}))
    ((_, _, message),) = verdict.violations
    assert "matches no finding" in message
