"""What a report looks up: alarms that rang, backups, logins, certificates, maintenance that waits, and costs."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from components.costs import STACK_TAG
from components.rotation import ROTATION_DAYS
from operations.aws.deployed import Deployed
from operations.aws.questions import Questions, every
from operations.aws.status.backups import BackupsLook
from operations.aws.status.entry import EntryLook
from operations.aws.status.stores import StoresLook
from operations.output import duration
from operations.report_page import Section
from settings.regions import WORLDWIDE

_RANG = "to ALARM"
"""Ends the summary of a state change that an alarm rang with (Amazon CloudWatch API Reference, "AlarmHistoryItem")."""

_LEAST_USD = 0.005
"""What is less rounds to nothing."""

_LATE = timedelta(days=2)
"""How much older than its rotation a login may be: Secrets Manager chooses the hour of the day, and may try again."""


@dataclass(frozen=True, kw_only=True)
class RecordsLook:
    """Looks at the records of `deployed` from `since` until `until`."""

    deployed: Deployed
    questions: Questions
    since: datetime
    until: datetime

    def alarms(self) -> Section:
        """Alarms of this stack's region that rang, most often first."""
        found = self.questions.ask("what rang", "cloudwatch:DescribeAlarmHistory", self._rang) or Counter[str]()
        rows = [
            (name, severity, str(times))
            for name, times in found.most_common()
            if (severity := self._severity(name)) is not None
        ]
        return Section(title="Alarms", head=("ALARM", "FOR", "RANG"), rows=rows, nothing="nothing rang")

    def backups(self) -> Section:
        """The last backup of each store."""
        look = BackupsLook(deployed=self.deployed, questions=self.questions, now=self.until)
        rows = [
            (
                one.store,
                "none" if one.last is None else f"{duration((self.until - one.last).total_seconds())} ago",
                (one.continuous or "none").lower(),
                one.failure or "",
            )
            for one in look.backups()
        ]
        return Section(title="Backups", head=("STORE", "LAST WHOLE ONE", "CONTINUOUS", "LAST FAILURE"), rows=rows)

    def logins(self) -> Section:
        """Secrets that rotate, by age; the others are changed by hand (docs/operate.md, Rotation)."""
        rows: list[tuple[str, str, str, str]] = []
        for name, arn in self.deployed.outputs["secrets"].items():
            found = self._secret(arn)
            if found is None or not found.get("RotationEnabled"):
                continue
            changed = found.get("LastRotatedDate") or found.get("LastChangedDate")
            age = None if changed is None else self.until - changed
            due = found.get("NextRotationDate")
            late = age is not None and age > timedelta(days=ROTATION_DAYS) + _LATE
            rows.append(
                (
                    name,
                    "-" if age is None else f"{age.days} d",
                    "-" if due is None else f"{due:%Y-%m-%d}",
                    "late: see docs/operate.md, Rotation" if late else "",
                )
            )
        return Section(title="Logins", head=("LOGIN", "AGE", "ROTATES BY", ""), rows=rows, nothing="none rotates")

    def dates(self) -> Section:
        """What comes: ends of certificates, and maintenance that waits."""
        stores = StoresLook(deployed=self.deployed, questions=self.questions, now=self.until)
        certificates = EntryLook(deployed=self.deployed, questions=self.questions).certificates()
        rows = [
            (f"certificate of {one.place}", f"ends {one.ends:%Y-%m-%d}" if one.ends else one.status)
            for one in certificates
        ]
        for name, store in (
            ("database", stores.database()),
            ("cache", stores.cache()),
            ("vector store", stores.search()),
        ):
            rows += [(name, what) for what in (store.waiting if store else ())]
        return Section(title="What comes", head=("OF", "WHAT"), rows=rows, nothing="nothing waits")

    def costs(self) -> Section:
        """What the stack cost by service, days that are not over left out. Cost Explorer is worldwide, is asked in
        us-east-1, and charges for each question (AWS Cost Management pricing)."""
        found = self.questions.ask("costs", "ce:GetCostAndUsage", self._spent) or {}
        rows = [(service, f"{amount:,.2f} USD") for service, amount in sorted(found.items(), key=lambda one: -one[1])]
        total = [("in all", f"{sum(found.values()):,.2f} USD")] if found else []
        return Section(
            title="Costs",
            head=("SERVICE", "COST"),
            rows=[*total, *rows],
            nothing="AWS knows none: it counts by the tag `stack` from the day on which that is activated "
            "(docs/operate.md, Costs)",
        )

    def _rang(self) -> Counter[str]:
        items = every(
            self.deployed.client("cloudwatch"),
            "describe_alarm_history",
            "AlarmHistoryItems",
            AlarmTypes=["MetricAlarm"],
            HistoryItemType="StateUpdate",
            StartDate=self.since,
            EndDate=self.until,
        )
        return Counter(one["AlarmName"] for one in items if one["HistorySummary"].endswith(_RANG))

    def _severity(self, alarm: str) -> str | None:
        """None where the alarm is not this stack's, or is no more."""
        settings, client = self.deployed.settings, self.deployed.client("cloudwatch")
        arn = f"arn:aws:cloudwatch:{settings.region}:{settings.account}:alarm:{alarm}"

        def look() -> dict[str, str]:
            return {tag["Key"]: tag["Value"] for tag in client.list_tags_for_resource(ResourceARN=arn)["Tags"]}

        tags = self.questions.ask("whose alarm rang", "cloudwatch:ListTagsForResource", look) or {}
        return tags.get("severity", "-") if tags.get(STACK_TAG) == self.deployed.name else None

    def _secret(self, arn: str) -> Mapping[str, Any] | None:
        client = self.deployed.client("secretsmanager")
        return self.questions.ask(
            "ages of logins", "secretsmanager:DescribeSecret", lambda: client.describe_secret(SecretId=arn)
        )

    def _spent(self) -> dict[str, float]:
        spent: defaultdict[str, float] = defaultdict(float)
        for day in self._cost_pages():
            for group in day["Groups"]:
                spent[group["Keys"][0]] += float(group["Metrics"]["UnblendedCost"]["Amount"])
        return {service: amount for service, amount in spent.items() if amount >= _LEAST_USD}

    def _cost_pages(self) -> Sequence[Mapping[str, Any]]:
        client = self.deployed.client("ce", WORLDWIDE)
        asked: dict[str, Any] = {
            "TimePeriod": {"Start": f"{self.since:%Y-%m-%d}", "End": f"{self.until:%Y-%m-%d}"},
            "Granularity": "DAILY",
            "Metrics": ["UnblendedCost"],
            "GroupBy": [{"Type": "DIMENSION", "Key": "SERVICE"}],
            "Filter": {"Tags": {"Key": STACK_TAG, "Values": [self.deployed.name]}},
        }
        answer = client.get_cost_and_usage(**asked)
        found = list(answer["ResultsByTime"])
        while token := answer.get("NextPageToken"):
            answer = client.get_cost_and_usage(**asked, NextPageToken=token)
            found += answer["ResultsByTime"]
        return found
