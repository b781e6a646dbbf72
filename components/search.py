"""OpenSearch: the vectors of the knowledge bases, in a cluster of their own over up to three zones."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch, opensearch

from components.component import Component
from components.function import Function, FunctionArgs, Inside
from components.iam import Statement, allow, document
from components.log_group import log_group
from components.search_domain import domain_arn, domain_name
from components.search_snapshots import SearchSnapshots
from components.site import LogPolicy, Site
from settings.vector_store import SEARCH_ZONES
from settings.vector_store import OpenSearch as Choices

INDEX_PATTERN = "vector_index*"
"""Indices of Dify: VECTOR_INDEX_NAME_PREFIX, by default `Vector_index`, in lower case (dify_vdb_opensearch 1.17.1)."""

_ROLE = "dify"
_MASTERS = 3
"""Two of them are a majority when a zone is lost ("Dedicated master nodes", developer guide)."""

_TLS_POLICY = "Policy-Min-TLS-1-2-PFS-2023-10"
_QUIET_HOUR = 22
"""Start, in UTC, of the ten hours in which the service may update its software."""

_LOGS = {
    "application": "ES_APPLICATION_LOGS",
    "slow-search": "SEARCH_SLOW_LOGS",
    "slow-index": "INDEX_SLOW_LOGS",
    "audit": "AUDIT_LOGS",
}

_USE = [f"es:ESHttp{method}" for method in ("Get", "Head", "Post", "Put", "Delete")]
_SET_UP = ["es:ESHttpPut", "es:ESHttpPatch"]


@dataclass(frozen=True, kw_only=True)
class SearchArgs:
    """`reader_role_arns` are the task roles that Dify uses the domain with, which need not exist yet; `inside` is
    where the set-up function runs, `snapshots` where the domain keeps them.

    `subnet_ids` are one per zone; the domain takes as many as it has zones.
    """

    site: Site
    subnet_ids: Sequence[pulumi.Input[str]]
    security_group_id: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    logs: LogPolicy
    choices: Choices
    reader_role_arns: Sequence[pulumi.Input[str]]
    inside: Inside
    snapshots: SearchSnapshots


class Search(Component):
    """Everybody signs in with IAM: there is no password and no user database. The master of the domain is the role of
    the set-up function, which maps the readers' roles to Dify's indices and is the only one that can.

    Multi-AZ with standby is off: it keeps a third of the nodes idle, and wants copies of every index in multiples of
    three while Dify makes each with one replica. Two copies over three zones outlive the loss of one.

    The service's own snapshots, hourly for 14 days, are for AWS to mend the domain with and are gone with it; those of
    the stack are in a bucket of its own (components/search_snapshots.py).
    """

    type_token = "dify:data:Search"  # noqa: S105

    arn: pulumi.Output[str]
    domain_name: str
    host: pulumi.Output[str]
    function_name: pulumi.Output[str]

    def __init__(self, name: str, args: SearchArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.domain_name = domain_name(args.site)
        setup = Function(
            f"{name}-setup",
            FunctionArgs(
                site=args.site,
                logs=args.logs,
                folder="search_setup",
                statements=[
                    allow("SetUpSearch", _SET_UP, f"{domain_arn(args.site)}/_plugins/_security/api/*"),
                    allow("SeeIndices", ["es:ESHttpGet"], f"{domain_arn(args.site)}/_cat/indices/*"),
                    allow("ReplaceIndices", ["es:ESHttpDelete"], f"{domain_arn(args.site)}/{INDEX_PATTERN}"),
                    *args.snapshots.statements(),
                ],
                inside=args.inside,
            ),
            self.child(),
        )
        domain = self._domain(name, args, setup)
        opened = setup.run(
            "readers",
            pulumi.Output.json_dumps(
                {
                    "action": "setUp",
                    "host": domain.endpoint,
                    "region": args.site.region,
                    "role": _ROLE,
                    "indexPatterns": [INDEX_PATTERN],
                    "backendRoles": list(args.reader_role_arns),
                    "snapshots": args.snapshots.request(setup.role_arn),
                }
            ),
        )
        args.snapshots.watch(name, setup, domain.endpoint, self.child(after=[opened]))
        self.arn = domain.arn
        self.function_name = setup.function_name
        # Whoever takes the host from here takes it after its role has been let in.
        self.host = pulumi.Output.all(domain.endpoint, opened.id).apply(lambda made: str(made[0]))
        self.done()

    @staticmethod
    def use_statements(site: Site) -> list[Statement]:
        """Read and write over HTTPS; the domain then decides about each index."""
        return [allow("UseSearch", _USE, f"{domain_arn(site)}/*")]

    def _domain(self, name: str, args: SearchArgs, setup: Function) -> opensearch.Domain:
        chosen, retain = args.choices, args.site.retains
        zones = min(len(args.subnet_ids), SEARCH_ZONES, chosen.data_nodes)
        logs, may_write = self._logs(name, args)
        return opensearch.Domain(
            f"{name}-domain",
            domain_name=self.domain_name,
            engine_version=chosen.engine_version,
            cluster_config={
                "instance_type": chosen.instance_type,
                "instance_count": chosen.data_nodes,
                "zone_awareness_enabled": zones > 1,
                "zone_awareness_config": {"availability_zone_count": zones} if zones > 1 else None,
                "multi_az_with_standby_enabled": False,
                "dedicated_master_enabled": chosen.dedicated_masters,
                "dedicated_master_count": _MASTERS if chosen.dedicated_masters else None,
                "dedicated_master_type": chosen.master_type if chosen.dedicated_masters else None,
            },
            ebs_options={"ebs_enabled": True, "volume_type": "gp3", "volume_size": chosen.storage_gib},
            vpc_options={"subnet_ids": list(args.subnet_ids)[:zones], "security_group_ids": [args.security_group_id]},
            encrypt_at_rest={"enabled": True, "kms_key_id": args.key_arn},
            node_to_node_encryption={"enabled": True},
            domain_endpoint_options={"enforce_https": True, "tls_security_policy": _TLS_POLICY},
            advanced_security_options={
                "enabled": True,
                "internal_user_database_enabled": False,
                "anonymous_auth_enabled": False,
                "master_user_options": {"master_user_arn": setup.role_arn},
            },
            access_policies=document(_admitted(args, setup.role_arn)),
            software_update_options={"auto_software_update_enabled": True},
            off_peak_window_options={
                "enabled": True,
                "off_peak_window": {"window_start_time": {"hours": _QUIET_HOUR, "minutes": 0}},
            },
            log_publishing_options=[
                {"log_type": _LOGS[kind], "cloudwatch_log_group_arn": group.arn} for kind, group in logs.items()
            ],
            opts=self.child(protect=retain, after=[may_write]),
        )

    def _logs(self, name: str, args: SearchArgs) -> tuple[dict[str, cloudwatch.LogGroup], cloudwatch.LogResourcePolicy]:
        """The log groups, and leave to write to them for this domain alone."""
        groups = {
            kind: log_group(
                f"{name}-{kind}-logs",
                f"/aws/OpenSearchService/domains/{self.domain_name}/{kind}",
                args.logs,
                self.child(),
            )
            for kind in _LOGS
        }
        writing = {
            "Sid": "WriteSearchLogs",
            "Effect": "Allow",
            "Principal": {"Service": "es.amazonaws.com"},
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": [group.arn.apply(lambda arn: f"{arn}:*") for group in groups.values()],
            "Condition": {
                "StringEquals": {"aws:SourceAccount": args.site.account},
                "ArnEquals": {"aws:SourceArn": domain_arn(args.site)},
            },
        }
        may_write = cloudwatch.LogResourcePolicy(
            f"{name}-logs-policy",
            policy_name=f"{args.site.name}-{name}",
            policy_document=document([writing]),
            opts=self.child(),
        )
        return groups, may_write


def _admitted(args: SearchArgs, setup_role_arn: pulumi.Input[str]) -> list[Statement]:
    """The domain's own policy: without one, whoever the network admits would be anonymous.

    It leaves readers to their roles' permissions and to the domain's own roles: naming them here would need them to
    exist before the address that their services are made with.
    """
    return [
        {
            "Sid": "UseSearch",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{args.site.account}:root"},
            "Action": _USE,
            "Resource": f"{domain_arn(args.site)}/*",
        },
        {
            "Sid": "SetUpSearch",
            "Effect": "Allow",
            "Principal": {"AWS": setup_role_arn},
            "Action": _SET_UP,
            "Resource": f"{domain_arn(args.site)}/_plugins/_security/api/*",
        },
    ]
