"""Orders of a shop: nothing of Dify. One database is below the baseline; the other resources are what a rule about
Dify's own would misjudge."""

import json

import pulumi
import pulumi_aws as aws

here = pulumi.ResourceOptions(
    provider=aws.Provider("aws", region="eu-central-1", allowed_account_ids=["111122223333"]), protect=True
)
aws.rds.Instance(
    "orders",
    engine="mysql",
    engine_version="8.4",
    instance_class="db.t4g.medium",
    allocated_storage=20,
    username="orders",
    manage_master_user_password=True,
    publicly_accessible=True,
    opts=here,
)
aws.cloudformation.Stack(
    "legacy", template_body=json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}), opts=here
)
aws.cloudwatch.MetricAlarm(
    "table-throttles",
    namespace="AWS/DynamoDB",
    metric_name="ThrottledRequests",
    statistic="Sum",
    period=60,
    evaluation_periods=1,
    comparison_operator="GreaterThanThreshold",
    threshold=0,
    treat_missing_data="notBreaching",
    opts=here,
)
