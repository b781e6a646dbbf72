"""Programs as other people write them, with forms that this one does not use: rules inside a security group and the
older separate ones, load balancers by their second name, Aurora, machines, buckets with everything inside, roles with
policies inside. Each does something wrong by each way that it knows.
"""

import json

import pulumi_aws as aws

ANYWHERE = ["0.0.0.0/0"]
ANYWHERE_IPV6 = ["::/0"]


def network_of_old() -> None:
    """Security groups with rules inside, separate ones of the first kind, a load balancer, Aurora, a machine."""
    vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")
    subnet = aws.ec2.Subnet("subnet", vpc_id=vpc.id, cidr_block="10.0.1.0/24", map_public_ip_on_launch=True)
    inline = aws.ec2.SecurityGroup(
        "inline",
        vpc_id=vpc.id,
        description="Rules of its own",
        ingress=[
            {"protocol": "tcp", "from_port": 22, "to_port": 22, "cidr_blocks": ANYWHERE},
            {"protocol": "tcp", "from_port": 5432, "to_port": 5432, "ipv6_cidr_blocks": ANYWHERE_IPV6},
        ],
        egress=[{"protocol": "-1", "from_port": 0, "to_port": 0, "ipv6_cidr_blocks": ANYWHERE_IPV6}],
    )
    beside = aws.ec2.SecurityGroup("beside", vpc_id=vpc.id, description="Rules beside it")
    store = aws.ec2.SecurityGroup("store", vpc_id=vpc.id, description="Admits the group that the world reaches")
    _rule("ssh-ipv4", beside, "ingress", port=22, cidr_blocks=ANYWHERE)
    _rule("ssh-ipv6", beside, "ingress", port=22, ipv6_cidr_blocks=ANYWHERE_IPV6)
    _rule("out-ipv4", beside, "egress", cidr_blocks=ANYWHERE)
    _rule("out-ipv6", beside, "egress", ipv6_cidr_blocks=ANYWHERE_IPV6)
    _rule("store-from-beside", store, "ingress", port=5432, source_security_group_id=beside.id)
    balancer = aws.alb.LoadBalancer(
        "balancer",
        load_balancer_type=aws.alb.LoadBalancerType.APPLICATION,
        ip_address_type=aws.alb.IpAddressType.IPV4,
        subnets=[subnet.id],
        security_groups=[inline.id],
    )
    targets = aws.alb.TargetGroup("targets", port=80, protocol="HTTP", target_type="instance", vpc_id=vpc.id)
    listener = aws.alb.Listener(
        "listener",
        load_balancer_arn=balancer.arn,
        port=80,
        protocol="HTTP",
        default_actions=[{"type": "forward", "target_group_arn": targets.arn}],
    )
    aws.alb.ListenerRule(
        "route",
        listener_arn=listener.arn,
        conditions=[{"path_pattern": {"values": ["/*"]}}],
        actions=[{"type": "forward", "target_group_arn": targets.arn}],
    )
    aurora = aws.rds.Cluster(
        "aurora",
        engine=aws.rds.EngineType.AURORA_POSTGRESQL,
        engine_mode="provisioned",
        master_username="owner",
        master_password="in-the-state",  # noqa: S106  what the pack must find
        vpc_security_group_ids=[store.id],
    )
    aws.rds.ClusterInstance(
        "writer",
        cluster_identifier=aurora.id,
        engine=aws.rds.EngineType.AURORA_POSTGRESQL,
        instance_class="db.r6g.large",
        publicly_accessible=True,
    )
    aws.ec2.Instance(
        "machine",
        ami="ami-1",
        instance_type="t3.micro",
        tenancy="default",
        subnet_id=subnet.id,
        associate_public_ip_address=True,
    )


def _rule(name: str, group: aws.ec2.SecurityGroup, type_: str, port: int = 0, **peer: object) -> None:
    aws.ec2.SecurityGroupRule(
        name,
        type=type_,
        security_group_id=group.id,
        protocol="tcp" if port else "-1",
        from_port=port,
        to_port=port,
        **peer,  # type: ignore[arg-type]  one of its sources
    )


def buckets_of_old() -> None:
    """Buckets with versions and encryption inside, in the forms before and after version 4 of the provider, and by the
    second names of version 4."""
    aws.s3.Bucket(
        "inline",
        acl="public-read",
        versioning={"enabled": False},
        server_side_encryption_configuration={
            "rule": {"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}
        },
        force_destroy=True,
    )
    aws.s3.BucketV2("second-name", force_destroy=True)
    beside = aws.s3.BucketV2("beside")
    aws.s3.BucketVersioningV2("versions", bucket=beside.id, versioning_configuration={"status": "Suspended"})
    aws.s3.BucketServerSideEncryptionConfigurationV2(
        "encryption",
        bucket=beside.id,
        rules=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}],
    )
    key = aws.kms.Key("key")
    aws.s3.Bucket(
        "right-inside",
        versioning={"enabled": True},
        server_side_encryption_configuration={
            "rule": {
                "apply_server_side_encryption_by_default": {"sse_algorithm": "aws:kms", "kms_master_key_id": key.arn}
            }
        },
    )


def roles_of_old() -> None:
    """A role with everything inside: who assumes it, what it may, and an administrator's policy."""
    aws.iam.Role(
        "inline",
        assume_role_policy=json.dumps(
            {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
        ),
        inline_policies=[
            {
                "name": "everything",
                "policy": json.dumps({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}),
            }
        ],
        managed_policy_arns=["arn:aws:iam::aws:policy/AdministratorAccess"],
    )
