"""A key, a repository, a block of public access and a database, each with a switch left open."""

import pulumi
import pulumi_aws as aws

config = pulumi.Config()
provider = aws.Provider("aws", region="eu-central-1", allowed_account_ids=["111122223333"])
here = pulumi.ResourceOptions(provider=provider)
kept = pulumi.ResourceOptions(provider=provider, protect=True)

key = aws.kms.Key("key", deletion_window_in_days=30, opts=here)
aws.ecr.Repository("repository", name="dify/api", image_tag_mutability="IMMUTABLE", opts=here)
bucket = aws.s3.Bucket("bucket", opts=here)
aws.s3.BucketPublicAccessBlock("block", bucket=bucket.id, block_public_acls=True, opts=here)
aws.rds.Instance(
    "database",
    engine="postgres",
    instance_class="db.t4g.medium",
    allocated_storage=20,
    username="owner",
    password=pulumi.Output.secret("written-in-a-test"),
    kms_key_id=key.arn if config.get_bool("key") else None,
    skip_final_snapshot=True,
    opts=kept,
)
