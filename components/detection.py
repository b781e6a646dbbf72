"""What watches the whole account: threats, changes, weak settings and packages, and what others can reach."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import accessanalyzer, cfg, ebs, guardduty, iam, inspector2, s3, securityhub

from components.audit_store import CONFIG
from components.component import Component
from components.findings import CONTROLS, PACKAGES, SHARED, THREATS
from components.notice import Desk, send
from components.site import Site
from settings.detection import Detection as Choices

WATCHED = ("S3_DATA_EVENTS", "RDS_LOGIN_EVENTS", "LAMBDA_NETWORK_LOGS", "RUNTIME_MONITORING")
"""What GuardDuty reads beside trail, flow and DNS logs (GuardDuty API Reference,
DetectorFeatureConfiguration)."""

AGENTS = ("EKS_ADDON_MANAGEMENT", "ECS_FARGATE_AGENT_MANAGEMENT", "EC2_AGENT_MANAGEMENT")
"""Agents that GuardDuty would place by itself."""

STANDARDS = (
    "aws-foundational-security-best-practices/v/1.0.0",
    "cis-aws-foundations-benchmark/v/5.0.0",
)
"""What Security Hub checks the account against."""


@dataclass(frozen=True, kw_only=True)
class DetectionArgs:
    """`log_bucket` takes what AWS Config records, `desk` grave findings."""

    site: Site
    choices: Choices
    log_bucket: pulumi.Input[str]
    desk: Desk


class Detection(Component):
    """Each service where the settings want it, and a rule that tells of its grave findings.

    GuardDuty watches what runs through agents. It does not place them into Fargate tasks here: the agent is a container
    that takes memory of every task, has to be pulled by every execution role, and speaks to GuardDuty through an
    endpoint with a security group that GuardDuty makes in the VPC, outside of this program, where neither a destroy nor
    the rules of the network know of it (Amazon GuardDuty User Guide, "Runtime Monitoring on Fargate"). Who wants it
    switches it on with an inclusion tag on the cluster.

    AWS Config acts with its service-linked role, which an account gets once (docs/operate.md); FSBP Config.1 asks for
    that role.
    """

    type_token = "dify:security:Detection"  # noqa: S105

    def __init__(self, name: str, args: DetectionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        chosen = args.choices
        if chosen.guard_duty:
            self._guard_duty(name, args)
        if chosen.config:
            self._config(name, args)
        if chosen.security_hub:
            self._security_hub(name, args)
        if chosen.access_analyzer:
            self._access_analyzer(name, args)
        if chosen.inspector:
            self._inspector(name, args)
        if chosen.account_defaults:
            self._account_defaults(name)
        self.done()

    def _guard_duty(self, name: str, args: DetectionArgs) -> None:
        detector = guardduty.Detector(
            f"{name}-detector", enable=True, finding_publishing_frequency="FIFTEEN_MINUTES", opts=self.child()
        )
        for feature in WATCHED:
            guardduty.DetectorFeature(
                f"{name}-{feature.lower().replace('_', '-')}",
                detector_id=detector.id,
                name=feature,
                status="ENABLED",
                additional_configurations=[{"name": agent, "status": "DISABLED"} for agent in AGENTS]
                if feature == "RUNTIME_MONITORING"
                else None,
                opts=self.child(),
            )
        send(name, THREATS, args.desk, self.child())

    def _config(self, name: str, args: DetectionArgs) -> None:
        owner = f"arn:aws:iam::{args.site.account}:role/aws-service-role/config.amazonaws.com"
        recorder = cfg.Recorder(
            f"{name}-recorder",
            role_arn=f"{owner}/AWSServiceRoleForConfig",
            recording_group={"all_supported": True, "include_global_resource_types": True},
            opts=self.child(),
        )
        channel = cfg.DeliveryChannel(
            f"{name}-channel",
            s3_bucket_name=args.log_bucket,
            s3_key_prefix=CONFIG,
            snapshot_delivery_properties={"delivery_frequency": "TwentyFour_Hours"},
            opts=self.child(after=[recorder]),
        )
        # A recorder starts only when it has somewhere to deliver to.
        cfg.RecorderStatus(f"{name}-recording", name=recorder.name, is_enabled=True, opts=self.child(after=[channel]))

    def _security_hub(self, name: str, args: DetectionArgs) -> None:
        hub = securityhub.Account(
            f"{name}-hub",
            enable_default_standards=False,
            control_finding_generator="SECURITY_CONTROL",
            auto_enable_controls=True,
            opts=self.child(),
        )
        for standard in STANDARDS:
            securityhub.StandardsSubscription(
                f"{name}-{standard.partition('/')[0]}",
                standards_arn=f"arn:aws:securityhub:{args.site.region}::standards/{standard}",
                opts=self.child(after=[hub]),
            )
        send(name, CONTROLS, args.desk, self.child())

    def _access_analyzer(self, name: str, args: DetectionArgs) -> None:
        accessanalyzer.Analyzer(f"{name}-analyzer", analyzer_name=args.site.name, type="ACCOUNT", opts=self.child())
        send(name, SHARED, args.desk, self.child())

    def _inspector(self, name: str, args: DetectionArgs) -> None:
        inspector2.Enabler(
            f"{name}-inspector",
            account_ids=[args.site.account],
            resource_types=["ECR", "LAMBDA"],
            opts=self.child(),
        )
        send(name, PACKAGES, args.desk, self.child())

    def _account_defaults(self, name: str) -> None:
        s3.AccountPublicAccessBlock(
            f"{name}-no-public-buckets",
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self.child(),
        )
        ebs.EncryptionByDefault(f"{name}-encrypted-volumes", enabled=True, opts=self.child())
        iam.AccountPasswordPolicy(
            f"{name}-passwords",
            minimum_password_length=14,
            password_reuse_prevention=24,
            require_lowercase_characters=True,
            require_uppercase_characters=True,
            require_numbers=True,
            require_symbols=True,
            allow_users_to_change_password=True,
            opts=self.child(),
        )
