"""Who did what: the trail, what watches the account, and the questions that records answer."""

from dataclasses import dataclass

from assembly.edge import Edge
from assembly.foundation import Foundation
from assembly.stores import Stores
from components.audit_queries import AuditQueries, AuditQueriesArgs
from components.audit_tables import Kept
from components.detection import Detection, DetectionArgs
from components.notice import Desk
from components.pipeline import Pipeline, PipelineArgs
from components.trail import Trail, TrailArgs


@dataclass(frozen=True, kw_only=True)
class Audit:
    """`trail` is None where a trail of the organisation records the account, `pipeline` where nothing deploys from a
    repository."""

    queries: AuditQueries
    trail: Trail | None
    pipeline: Pipeline | None


def build_audit(base: Foundation, stores: Stores, edge: Edge, desk: Desk) -> Audit:
    """Records of the whole stack; grave findings go to the desk."""
    config, site, here, records = base.config, base.site, base.here, base.records
    snapshots = [] if stores.snapshots is None else [stores.snapshots.bucket_name]
    queries = AuditQueries(
        "audit-queries",
        AuditQueriesArgs(
            site=site,
            key_arn=base.keys.audit.arn,
            records=Kept(bucket=records.audit_bucket, days=config.audit.expire_after_days),
            logs=Kept(bucket=records.logs_bucket, days=config.storage.expire_logs_after_days),
            logged_buckets=[*(one.bucket for one in stores.originals.values()), *snapshots, records.audit_bucket],
            trail=config.audit.trail,
            distribution_id=None if edge.delivery is None else edge.delivery.distribution_id,
        ),
        here,
    )
    watched = {"results": queries.results_arn, **{name: one.arn for name, one in stores.originals.items()}}
    if stores.snapshots is not None:
        watched["snapshots"] = stores.snapshots.arn
    if stores.replica is not None:
        watched |= {f"{name}-copy": arn for name, arn in stores.replica.arns.items()}
    trail = None
    if config.audit.trail:
        trail = Trail(
            "trail",
            TrailArgs(
                site=site,
                logs=base.logs,
                key_arn=base.keys.audit.arn,
                bucket=records.audit_bucket,
                data_bucket_arns=watched,
                insights=config.audit.insights,
            ),
            here,
        )
    Detection(
        "detection",
        DetectionArgs(site=site, choices=config.detection, log_bucket=records.logs_bucket, desk=desk),
        here,
    )
    return Audit(queries=queries, trail=trail, pipeline=_pipeline(base))


def _pipeline(base: Foundation) -> Pipeline | None:
    chosen = base.config.pipeline
    if chosen is None:
        return None
    return Pipeline("pipeline", PipelineArgs(site=base.site, choices=chosen, regions=base.regions.others), base.here)
