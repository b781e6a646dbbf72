"""Athena's table of the use of each day, and questions over it."""

from dataclasses import dataclass
from pathlib import Path

import pulumi
from pulumi_aws import athena

from components.audit_queries import description
from components.component import Component
from components.log_table import FileFormat, LogTable, Partition
from functions.business_metrics.daily_columns import COLUMNS, ROOT

QUERIES = Path(__file__).parent.parent / "queries" / "business" / "usage_by_day"
"""A file for each question; the comment that it begins with says what it answers."""

_CSV = FileFormat(
    serde="org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
    parameters={"field.delim": ",", "serialization.format": ","},
)
"""Plain text with typed columns; an empty number is NULL (Amazon Athena User Guide, "Lazy Simple SerDe for CSV, TSV,
and custom-delimited files"). Files whose names end in .gz are unpacked as they are read."""


@dataclass(frozen=True, kw_only=True)
class BusinessQueriesArgs:
    """`bucket` holds the records, of the last `days`. Their table goes to the catalog `database`, and questions about
    them to `workgroup`, which says where results go."""

    bucket: pulumi.Input[str]
    days: int
    database: pulumi.Input[str]
    workgroup: pulumi.Input[str]


class BusinessQueries(Component):
    """A table that needs no crawler, and one saved question for each file of QUERIES."""

    type_token = "dify:observability:BusinessQueries"  # noqa: S105

    def __init__(self, name: str, args: BusinessQueriesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        usage_by_day(args.bucket, args.days).declare(f"{name}-table", args.database, self.child())
        for file in sorted(QUERIES.glob("*.sql")):
            text = file.read_text(encoding="utf-8")
            athena.NamedQuery(
                f"{name}-{file.stem}",
                name=file.stem,
                description=description(text),
                workgroup=args.workgroup,
                database=args.database,
                query=text,
                opts=self.child(),
            )
        self.done()


def usage_by_day(bucket: pulumi.Input[str], kept: int) -> LogTable:
    """The records of functions/business_metrics, of the last `kept` days."""
    return LogTable(
        name="usage_by_day",
        holds="Use of every app and model, day by day",
        bucket=bucket,
        root=ROOT,
        path=f"{ROOT}day=${{day}}/",
        columns=COLUMNS,
        format=_CSV,
        partitions={
            "day": Partition(
                type="string",
                projection={
                    "type": "date",
                    "format": "yyyy-MM-dd",
                    "range": f"NOW-{kept}DAYS,NOW",
                    "interval": "1",
                    "interval.unit": "DAYS",
                },
            )
        },
    )
