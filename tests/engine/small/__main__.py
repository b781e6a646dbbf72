"""A database, a bucket, a key and a few neighbours whose sizes come from the configuration."""

import pulumi
import pulumi_aws as aws

config = pulumi.Config()
retain = config.get_bool("retain") or False


def _document(
    action: str, *, resource: pulumi.Input[str] | None = None, service: str | None = None
) -> aws.iam.PolicyDocumentArgs:
    return aws.iam.PolicyDocumentArgs(
        version=aws.iam.PolicyDocumentVersion.POLICY_DOCUMENT_VERSION_2012_10_17,
        statement=[
            aws.iam.PolicyStatementArgs(
                effect=aws.iam.PolicyStatementEffect.ALLOW,
                action=action,
                resource=resource,
                principal=None if service is None else aws.iam.ServicePrincipalArgs(service=service),
            )
        ],
    )


provider = aws.Provider("aws", region="eu-central-1", allowed_account_ids=["111122223333"])
here = pulumi.ResourceOptions(provider=provider)
stateful = pulumi.ResourceOptions(provider=provider, protect=retain)

zones = aws.get_availability_zones(opts=pulumi.InvokeOptions(provider=provider))
vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16", opts=here)
subnets = [
    aws.ec2.Subnet(
        f"subnet-{number}", vpc_id=vpc.id, cidr_block=f"10.0.{number}.0/24", availability_zone=zone, opts=here
    )
    for number, zone in enumerate(zones.names[:2])
]
group = aws.rds.SubnetGroup("group", subnet_ids=[subnet.id for subnet in subnets], opts=here)
key = aws.kms.Key("key", deletion_window_in_days=config.get_int("keyWindow") or 30, opts=stateful)
bucket = aws.s3.Bucket("bucket", force_destroy=not retain, opts=stateful)
secret = aws.secretsmanager.Secret("secret", kms_key_id=key.arn, opts=stateful)
database = aws.rds.Instance(
    "database",
    engine="postgres",
    engine_version=config.get("version") or "16.4",
    instance_class=config.get("size") or "db.t4g.medium",
    allocated_storage=config.get_int("storage") or 20,
    backup_retention_period=config.get_int("retention") or 7,
    username=config.get("username") or "owner",
    manage_master_user_password=True,
    db_subnet_group_name=group.name,
    storage_encrypted=True,
    kms_key_id=key.arn,
    deletion_protection=retain,
    skip_final_snapshot=True,
    opts=stateful,
)
role = aws.iam.Role("role", assume_role_policy=_document("sts:AssumeRole", service="ec2.amazonaws.com"), opts=here)
aws.iam.RolePolicy(
    "read",
    role=role.name,
    policy=_document("secretsmanager:GetSecretValue", resource=database.master_user_secrets[0].secret_arn),
    opts=here,
)
elsewhere = aws.Provider("elsewhere", region="eu-west-1", allowed_account_ids=["111122223333"])
aws.kms.Key("far-key", deletion_window_in_days=30, opts=pulumi.ResourceOptions(provider=elsewhere))
pulumi.export("host", database.address)
pulumi.export("secret", database.master_user_secrets[0].secret_arn)
