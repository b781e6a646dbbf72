"""Athena over everything that is recorded: tables, a workgroup, and the questions that an auditor asks first."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pulumi
from pulumi_aws import athena, glue

from components import audit_tables
from components.audit_tables import Kept
from components.bucket import Bucket, BucketArgs
from components.component import Component
from components.log_table import LogTable
from components.site import Site

QUERIES = Path(__file__).parent.parent / "queries"
"""A folder for each table, in it a file for each question about it. The comment that a file begins with says what it
answers and, in order, what it asks for: Athena wants a value for each question mark before it runs a query."""

MOST_BYTES = 100 * 1024**3
"""After which Athena ends a query. Athena bills the bytes that it reads: a query that names no day stops here."""

_RESULTS_DAYS = 30


@dataclass(frozen=True, kw_only=True)
class AuditQueriesArgs:
    """`key_arn` encrypts results. `logged_buckets` are the buckets whose access logs go to `logs`. There is no table of
    calls where there is no trail of this stack, and none of CloudFront without a `distribution_id`."""

    site: Site
    key_arn: pulumi.Input[str]
    records: Kept
    logs: Kept
    logged_buckets: Sequence[pulumi.Input[str]]
    trail: bool
    distribution_id: pulumi.Input[str] | None = None


class AuditQueries(Component):
    """Who did what, answered in SQL from the records as they are.

    The workgroup decides where results go, how they are encrypted and how much a query reads; who uses it cannot.
    """

    type_token = "dify:security:AuditQueries"  # noqa: S105

    workgroup: pulumi.Output[str]
    database: pulumi.Output[str]
    results_bucket: pulumi.Output[str]
    results_arn: pulumi.Output[str]

    def __init__(self, name: str, args: AuditQueriesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        results = Bucket(
            f"{name}-results",
            BucketArgs(
                site=args.site,
                key_arn=args.key_arn,
                log_bucket=args.logs.bucket,
                abort_uploads_after_days=1,
                expire_noncurrent_after_days=1,
                expire_after_days=_RESULTS_DAYS,
            ),
            self.child(),
        )
        workgroup = self._workgroup(name, args, results.bucket_name)
        database = glue.CatalogDatabase(
            f"{name}-database",
            name=f"{args.site.name}-audit".replace("-", "_"),
            description="Records of this stack",
            opts=self.child(),
        )
        for table in _tables(args, results.bucket_name):
            table.declare(f"{name}-{table.name.replace('_', '-')}", database.name, self.child())
            for file in sorted((QUERIES / table.name).glob("*.sql")):
                self._save(name, file, workgroup.name, database.name)
        self.workgroup, self.database = workgroup.name, database.name
        self.results_bucket, self.results_arn = results.bucket_name, results.arn
        self.done()

    def _workgroup(self, name: str, args: AuditQueriesArgs, results: pulumi.Input[str]) -> athena.Workgroup:
        return athena.Workgroup(
            f"{name}-workgroup",
            name=f"{args.site.name}-audit",
            description="Questions about the records of this stack",
            force_destroy=not args.site.retains,
            configuration={
                "enforce_workgroup_configuration": True,
                "publish_cloudwatch_metrics_enabled": True,
                "bytes_scanned_cutoff_per_query": MOST_BYTES,
                "engine_version": {"selected_engine_version": "Athena engine version 3"},
                "result_configuration": {
                    "output_location": pulumi.Output.concat("s3://", results, "/"),
                    "expected_bucket_owner": args.site.account,
                    "encryption_configuration": {"encryption_option": "SSE_KMS", "kms_key_arn": args.key_arn},
                },
            },
            opts=self.child(),
        )

    def _save(self, name: str, file: Path, workgroup: pulumi.Input[str], database: pulumi.Input[str]) -> None:
        text = file.read_text(encoding="utf-8")
        athena.NamedQuery(
            f"{name}-{file.stem}",
            name=file.stem,
            description=description(text),
            workgroup=workgroup,
            database=database,
            query=text,
            opts=self.child(),
        )


def description(query: str) -> str:
    """The comment that `query` begins with, as one line."""
    comment, _, _ = query.partition("\n\n")
    return " ".join(line.removeprefix("--").strip() for line in comment.splitlines())


def _tables(args: AuditQueriesArgs, results_bucket: pulumi.Output[str]) -> list[LogTable]:
    site, records, logs = args.site, args.records, args.logs
    buckets = pulumi.Output.all(*args.logged_buckets, results_bucket).apply(",".join)
    tables = [
        audit_tables.alb_access_logs(site, logs),
        audit_tables.alb_connection_logs(site, logs),
        audit_tables.s3_access_logs(site, logs, buckets),
        audit_tables.vpc_flow_logs(site, records),
    ]
    if args.trail:
        tables.append(audit_tables.cloudtrail_logs(site, records))
    if args.distribution_id is not None:
        tables.append(audit_tables.cloudfront_logs(site, records, args.distribution_id))
    return tables
