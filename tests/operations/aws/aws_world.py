"""One small stack on AWS as moto plays it, with names, tags and outputs as the program makes them."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import boto3

from dify.releases import RELEASES
from dify.services import MIGRATION
from settings.availability import availability
from settings.plan import deployments, migration
from settings.stack import Settings
from settings.stack_file import parse_file
from tests.operations.aws.answers import Answers
from tests.operations.aws.played_vault import PlayedVault

ROOT = Path(__file__).resolve().parents[3]
FAKE_PULUMI = Path(__file__).with_name("fake_pulumi.py")

STACK, REGION, ZONES = "prod", "eu-central-1", ("eu-central-1a", "eu-central-1b")
NAME = f"dify-{STACK}"
ACCOUNT = "123456789012"
"""moto's."""

RELEASE = "1.17.1"
TAGS = {"stack": NAME, "project": "dify"}
SECRETS = ("application", "database-login", "plugin-database-login", "cache", "plugin-cache", "sandbox-key")
FUNCTIONS = ("secret-keeper", "database-setup", "rotation", "queue-depth", "business-metrics", "probe")
DATABASE, CACHE = f"{NAME}-database", f"{NAME}-cache"


@dataclass
class AwsWorld:
    """`running` are the tasks of services that do not have as many as they should; `failed` are services whose last
    deployment failed, with why. Both are what ECS says until a test takes them away."""

    folder: Path
    answers: Answers
    settings: Settings
    outputs: dict[str, Any] = field(default_factory=dict[str, Any])
    running: dict[str, int] = field(default_factory=dict[str, int])
    failed: dict[str, str] = field(default_factory=dict[str, str])
    vault: PlayedVault = field(default_factory=PlayedVault)

    @property
    def stores(self) -> list[str]:
        """ARNs of all that is backed up."""
        buckets = (self.outputs["buckets"][name] for name in ("files", "plugins", "history"))
        return [f"arn:aws:rds:{REGION}:{ACCOUNT}:db:{DATABASE}", *(f"arn:aws:s3:::{bucket}" for bucket in buckets)]

    def client(self, service: str) -> Any:
        """A client of the stack's region."""
        return cast("Any", boto3).client(service, region_name=REGION)

    @property
    def pulumi(self) -> Path:
        """The stand-in for the user's Pulumi."""
        return self.folder / "pulumi"

    @property
    def pulumi_calls(self) -> list[list[str]]:
        """Arguments of each of its calls."""
        file = self.folder / "pulumi-calls.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def write_outputs(self) -> None:
        """What Pulumi says of the stack from here on."""
        (self.folder / "outputs.json").write_text(json.dumps(self.outputs))

    def service(self, name: str) -> dict[str, Any]:
        """A service as ECS describes it."""
        found = self.client("ecs").describe_services(cluster=NAME, services=[name])["services"]
        return cast("dict[str, Any]", found[0])

    def ring(self, alarm: str, severity: str, *, why: str = "it is too much", stack: str = NAME) -> str:
        """An alarm with the tags of the program that rings; gives its name in CloudWatch."""
        watch, name = self.client("cloudwatch"), f"{alarm}-1a2b3c4"
        tags = {**TAGS, "stack": stack, "severity": severity}
        watch.put_metric_alarm(
            AlarmName=name,
            AlarmDescription=f"{alarm} of the stack. https://example.com/runbooks/{alarm}.md",
            ComparisonOperator="GreaterThanThreshold",
            Threshold=1,
            EvaluationPeriods=1,
            Period=60,
            Namespace="AWS/RDS",
            MetricName="CPUUtilization",
            Statistic="Average",
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        )
        watch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason=why)
        return name


def make_world(folder: Path, answers: Answers) -> AwsWorld:
    """The stack in `folder`, with its stack file and its Pulumi. moto must be at work."""
    file = folder / f"Pulumi.{STACK}.yaml"
    file.write_text((ROOT / file.name).read_text().replace("111122223333", ACCOUNT))
    world = AwsWorld(folder=folder, answers=answers, settings=parse_file(file, STACK))
    _make_pulumi(world.pulumi)
    network = _make_network(world)
    targets = _make_load_balancer(world, network)
    _make_services(world, network, targets)
    world.outputs |= {
        "url": f"https://{world.settings.domain}",
        "private_subnets": network["subnets"],
        "migration_security_group": network["group"],
        "database": _make_database(world, network),
        "cache": _make_cache(world),
        "copies": {name: f"replica-storage-{name}-bucket-1a2b3c4" for name in ("files", "plugins", "history")},
        "buckets": {name: _make_bucket(world, name) for name in ("files", "plugins", "history", "logs", "audit")},
        "functions": {name: f"{NAME}-{name}-1a2b3c4" for name in FUNCTIONS},
        "alarm_topics": {severity: _make_topic(world, severity) for severity in ("page", "ticket", "info")},
        "log_groups": f"/dify/{NAME}",
        "dashboards": [f"{NAME}-overview"],
        "availability": availability(world.settings).as_output(),
        "audit": {"workgroup": f"{NAME}-audit", "database": "dify_prod_audit"},
        **_make_secrets(world),
        **_make_vault(world),
    }
    world.write_outputs()
    _make_search(world)
    world.vault.play(answers, world.stores)
    answers.asked.clear()
    return world


def image_of(image: str, release: str = RELEASE) -> str:
    """What a task definition names for `image` of `release`: the copy's repository and its digest."""
    known = sorted(RELEASES[release].images)
    digest = f"{known.index(image) if image in known else 99:02d}{release.replace('.', '')}".ljust(64, "a")
    return f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{NAME}/{image}@sha256:{digest}"


def register(world: AwsWorld, service: str, image: str, release: str = RELEASE) -> str:
    """A task definition of `service`; gives its ARN."""
    made = world.client("ecs").register_task_definition(
        family=f"{NAME}-{service}",
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="1024",
        memory="2048",
        containerDefinitions=[{"name": service, "image": image_of(image, release), "memory": 2048}],
    )
    return made["taskDefinition"]["taskDefinitionArn"]


def _make_pulumi(file: Path) -> None:
    file.write_text(f'#!/bin/sh\nexec {sys.executable} -S {FAKE_PULUMI} "$@"\n')
    file.chmod(0o755)


def _make_network(world: AwsWorld) -> dict[str, Any]:
    ec2 = world.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.20.{number}.0/24", AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for number, zone in enumerate(ZONES)
    ]
    group = ec2.create_security_group(GroupName="migration", Description="migration", VpcId=vpc)["GroupId"]
    return {"vpc": vpc, "subnets": subnets, "group": group}


def _make_load_balancer(world: AwsWorld, network: Mapping[str, Any]) -> dict[str, str]:
    """Target groups by service; the load balancer's name is among the outputs."""
    elb, acm = world.client("elbv2"), world.client("acm")
    balancer = elb.create_load_balancer(
        Name="load-balancer-alb-1a2b3c4", Subnets=network["subnets"], Type="application"
    )
    made = balancer["LoadBalancers"][0]
    groups = {
        one.name: elb.create_target_group(
            Name=f"load-balancer-{one.name}"[:24] + "-1a2b3c4",
            Protocol="HTTP",
            Port=one.service.port,
            VpcId=network["vpc"],
            TargetType="ip",
        )["TargetGroups"][0]["TargetGroupArn"]
        for one in deployments(world.settings)
        if one.service.health is not None
    }
    certificate = acm.request_certificate(DomainName=world.settings.domain, ValidationMethod="DNS")["CertificateArn"]
    elb.create_listener(
        LoadBalancerArn=made["LoadBalancerArn"],
        Protocol="HTTPS",
        Port=443,
        Certificates=[{"CertificateArn": certificate}],
        DefaultActions=[{"Type": "forward", "TargetGroupArn": groups["web"]}],
    )
    for number, group in enumerate(groups.values(), 1):
        elb.register_targets(TargetGroupArn=group, Targets=[{"Id": f"10.20.0.{number}"}, {"Id": f"10.20.1.{number}"}])
    world.outputs["load_balancer"] = made["DNSName"]
    return groups


def _make_services(world: AwsWorld, network: Mapping[str, Any], targets: Mapping[str, str]) -> None:
    ecs = world.client("ecs")
    ecs.create_cluster(clusterName=NAME)
    for one in deployments(world.settings):
        name, service = one.name, one.service
        ecs.create_service(
            cluster=NAME,
            serviceName=name,
            taskDefinition=register(world, name, service.image),
            desiredCount=one.min_tasks,
            launchType="FARGATE",
            networkConfiguration={
                "awsvpcConfiguration": {"subnets": network["subnets"], "securityGroups": [network["group"]]}
            },
            loadBalancers=[{"targetGroupArn": targets[name], "containerName": name, "containerPort": service.port or 0}]
            if name in targets
            else [],
        )
    world.outputs |= {
        "cluster": NAME,
        "services": {one.name: one.name for one in deployments(world.settings)},
        "migration_task_definition": register(world, MIGRATION.name, migration(world.settings).service.image),
    }


def _make_database(world: AwsWorld, network: Mapping[str, Any]) -> str:
    rds = world.client("rds")
    rds.create_db_subnet_group(
        DBSubnetGroupName=f"{NAME}-data", DBSubnetGroupDescription="data", SubnetIds=network["subnets"]
    )
    rds.create_db_instance(
        DBInstanceIdentifier=DATABASE,
        DBInstanceClass="db.m7g.xlarge",
        Engine="postgres",
        EngineVersion="16.9",
        DBName="dify",
        MasterUsername="dify_owner",
        ManageMasterUserPassword=True,
        AllocatedStorage=100,
        MaxAllocatedStorage=1000,
        StorageType="gp3",
        MultiAZ=True,
        AvailabilityZone=ZONES[0],
        DBSubnetGroupName=f"{NAME}-data",
        BackupRetentionPeriod=30,
        DeletionProtection=True,
        Tags=[{"Key": key, "Value": value} for key, value in TAGS.items()],
    )
    return DATABASE


def _make_cache(world: AwsWorld) -> str:
    world.client("elasticache").create_replication_group(
        ReplicationGroupId=CACHE,
        ReplicationGroupDescription="Dify queues, locks and events",
        Engine="valkey",
        CacheNodeType="cache.m7g.large",
        NumCacheClusters=2,
        AutomaticFailoverEnabled=True,
        MultiAZEnabled=True,
    )
    return CACHE


def _make_search(world: AwsWorld) -> None:
    world.client("opensearch").create_domain(DomainName=NAME, EngineVersion="OpenSearch_2.19")


def _make_bucket(world: AwsWorld, name: str) -> str:
    s3, bucket = world.client("s3"), f"storage-{name}-bucket-1a2b3c4"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return bucket


def _make_topic(world: AwsWorld, severity: str) -> str:
    return world.client("sns").create_topic(Name=f"{NAME}-{severity}")["TopicArn"]


def _make_secrets(world: AwsWorld) -> dict[str, Any]:
    manager = world.client("secretsmanager")
    arns = {
        name: manager.create_secret(Name=f"{NAME}/{name}", SecretString=json.dumps({"password": f"hidden-{name}"}))[
            "ARN"
        ]
        for name in SECRETS
    }
    (database,) = world.client("rds").describe_db_instances(DBInstanceIdentifier=DATABASE)["DBInstances"]
    owner = database["MasterUserSecret"]["SecretArn"]
    return {"secrets": arns, "application_secret": arns["application"], "database_secret": owner}


def _make_vault(world: AwsWorld) -> dict[str, str]:
    world.client("backup").create_backup_vault(BackupVaultName=NAME)
    return {"backup_vault": NAME, "backup_role": f"arn:aws:iam::{ACCOUNT}:role/{NAME}-backup"}
