"""Wrong values of the network and the edge, each with its line."""

from typing import Any

from tests.settings.stack_files import REMOVED, Bad

_CERTIFICATE = "arn:aws:acm:{}:111122223333:certificate/00000000-0000-0000-0000-000000000000"
_NO_ZONE = {"edge.hostedZoneId": REMOVED, "edge.hostedZoneName": REMOVED}
_CLOSED = {"network.internet": False, "edge.allowedCidrs": ["10.0.0.0/8"]}

_RANGE: dict[str, Any] = {"rule": "must be an IPv4 address range", "fix": "write it like 10.20.0.0/16"}
_SMALL = "must be between /16 and /24"
_TWO = ["eu-central-1a", "eu-central-1b"]
_SIX = [f"eu-central-1{letter}" for letter in "abcdef"]

NETWORK = (
    *(
        Bad(key="network.cidr", value=value, **_RANGE)
        for value in ("10.0.0.0", "10.0.0.0/33", "10.0.0/16", "fd00::/56", "")
    ),
    Bad(
        key="network.cidr",
        value="10.20.1.0/16",
        rule="must start at the first address of the range",
        fix="write 10.20.0.0/16",
    ),
    Bad(key="network.cidr", value="10.0.0.0/15", rule=_SMALL, fix="write 10.0.0.0/16 or a range within it"),
    Bad(key="network.cidr", value="10.0.0.0/25", rule=_SMALL, fix="write 10.0.0.0/16 or a range within it"),
    Bad(
        key="network.cidr",
        value="8.8.0.0/16",
        rule="must be a private range",
        fix="choose one in 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16",
    ),
    Bad(
        key="network.cidr",
        value="172.17.0.0/20",
        rule="must not overlap Docker's own 172.17.0.0/16",
        fix="choose another, for example 10.20.0.0/16",
    ),
    Bad(key="network.zones", value=_TWO, rule="at least 3 zones are needed in prod", fix="add 1 more of the region"),
    Bad(
        key="network.zones",
        value=_TWO[:1],
        environment="dev",
        rule="at least 2 zones are needed outside prod",
        fix="add 1 more of the region",
    ),
    Bad(
        key="network.zones",
        value=[*_TWO, "eu-central-1a"],
        rule="each zone may appear once",
        fix="remove the second eu-central-1a",
    ),
    Bad(
        key="network.zones",
        value=[*_TWO, "eu-west-1a"],
        at="network.zones[2]",
        got='"eu-west-1a"',
        rule="must be a zone of eu-central-1",
        fix="write it like eu-central-1a",
    ),
    Bad(
        key="network.zones",
        value=_SIX,
        rule="at most 5 zones have room for their subnets",
        fix="name 5 or fewer",
    ),
    Bad(
        key="network.zones",
        value="eu-central-1a",
        rule="must be a list",
        fix='write one, for example ["eu-central-1a", "eu-central-1b", "eu-central-1c"]',
    ),
    Bad(key="network.natGateways", value="two", rule="must be one of per-zone, single", fix="set one of them"),
    Bad(
        key="network.natGateways",
        value="single",
        rule="prod must not lose every zone with one gateway",
        fix="set per-zone",
    ),
    Bad(key="network.internet", value="no", rule="must be true or false", fix="write one, for example false"),
    Bad(
        key="network.internet",
        value=False,
        also={
            "region": "ca-central-1",
            "network.zones": ["ca-central-1a", "ca-central-1b", "ca-central-1d"],
            "edge.allowedCidrs": ["10.0.0.0/8"],
        },
        rule="a closed network takes plugin packages from CodeArtifact, which ca-central-1 does not offer",
        fix="set true, or move to a region such as eu-central-1",
    ),
    *(
        Bad(
            key="network.natGateways",
            value=value,
            also=_CLOSED,
            rule="a network without internet has no NAT gateways",
            fix="remove it, or set internet to true",
        )
        for value in ("per-zone", "single")
    ),
    *(
        Bad(
            key="network.endpoints",
            value=[value],
            at="network.endpoints[0]",
            got=f'"{value}"',
            rule="must be the short name of an AWS service's endpoint",
            fix="write it like bedrock-runtime",
        )
        for value in ("com.amazonaws.eu-central-1.kms", "Bedrock", "bedrock_runtime", "bedrock-", "")
    ),
    Bad(
        key="network.endpoints",
        value=["s3"],
        at="network.endpoints[0]",
        got='"s3"',
        rule="S3 has its gateway in every network",
        fix="remove it",
    ),
    Bad(
        key="network.endpoints",
        value=["bedrock-runtime", "bedrock-runtime"],
        rule="each service may appear once",
        fix="remove the second one",
    ),
)

EDGE = (
    Bad(
        key="edge.hostedZoneId",
        value="example.com",
        rule="must be a Route 53 hosted zone id",
        fix="write it like Z0123456789ABCDEFGHIJ",
    ),
    Bad(
        key="edge.hostedZoneId",
        value=REMOVED,
        also={"edge.hostedZoneName": REMOVED},
        at="edge.certificateArn",
        rule="one of hostedZoneId and certificateArn is needed for HTTPS",
        fix="set one of them",
    ),
    *(
        Bad(
            key="edge.hostedZoneName",
            value=value,
            rule="must be a zone's lower-case name without a dot at its end",
            fix="write it like example.com",
        )
        for value in ("example.com.", "Example.com", "*.example.com", "com", "")
    ),
    Bad(
        key="edge.hostedZoneName",
        value=REMOVED,
        rule="a zone is named by its id and its name",
        fix="add the name, for example example.com",
    ),
    Bad(
        key="edge.hostedZoneName",
        value="example.com",
        also={"edge.hostedZoneId": REMOVED, "edge.certificateArn": _CERTIFICATE.format("eu-central-1")},
        rule="it names the zone of hostedZoneId, which is not set",
        fix="remove it, or set hostedZoneId",
    ),
    Bad(
        key="edge.certificateArn",
        value=_CERTIFICATE.format("eu-central-1"),
        rule="only one of hostedZoneId and certificateArn may be set",
        fix="remove one of them",
    ),
    Bad(
        key="edge.certificateArn",
        value="arn:aws:iam::111122223333:server-certificate/x",
        also=_NO_ZONE,
        rule="must be the ARN of an ACM certificate",
        fix="write it like arn:aws:acm:eu-central-1:ACCOUNT:certificate/ID",
    ),
    Bad(
        key="edge.certificateArn",
        value=_CERTIFICATE.format("us-east-1"),
        also=_NO_ZONE,
        rule="must be in the stack's region eu-central-1",
        fix="use a certificate of eu-central-1",
    ),
    *(
        Bad(key="edge.allowedCidrs", value=[value], at="edge.allowedCidrs[0]", got=f'"{value}"', rule=rule, fix=fix)
        for value, rule, fix in (
            ("office", "must be an address range", "write it like 203.0.113.0/24"),
            ("9.0.0.0/7", "must be a range that starts at its first address", "write 8.0.0.0/7"),
            ("8.0.0.0/7", "must be /8 or narrower, or any address", "narrow it, or write 0.0.0.0/0"),
            ("2000::/3", "must be /8 or narrower, or any address", "narrow it, or write ::/0"),
            *(
                (
                    private,
                    "a private range never reaches a public load balancer",
                    "write the public addresses instead",
                )
                for private in ("10.0.0.0/8", "192.168.1.0/24", "fd00::/8", "100.64.0.0/10")
            ),
        )
    ),
    Bad(
        key="edge.allowedCidrs",
        value=[],
        rule="at least one range is needed, or nobody can connect",
        fix="write [0.0.0.0/0, ::/0] for all",
    ),
    Bad(
        key="edge.allowedCidrs",
        value=[],
        also=_CLOSED,
        rule="at least one range is needed, or nobody can connect",
        fix="write private ones such as 10.0.0.0/8",
    ),
    Bad(
        key="edge.allowedCidrs",
        value=["office"],
        also=_CLOSED,
        at="edge.allowedCidrs[0]",
        got='"office"',
        rule="must be an address range",
        fix="write it like 10.0.0.0/8",
    ),
    *(
        Bad(
            key="edge.allowedCidrs",
            value=[value],
            also=_CLOSED,
            at="edge.allowedCidrs[0]",
            got=f'"{value}"',
            rule="only private ranges reach a network without internet",
            fix="write one such as 10.0.0.0/8",
        )
        for value in ("203.0.113.0/24", "8.8.8.0/24", "fd00::/8", "127.0.0.0/8", "169.254.0.0/16")
    ),
    *(
        Bad(
            key="edge.allowedCidrs",
            value=value,
            also={"network.internet": False},
            rule="without internet the load balancer is private, so say who may connect",
            fix="list private ranges such as 10.0.0.0/8",
        )
        for value in (["0.0.0.0/0"], ["10.0.0.0/8", "::/0"])
    ),
    Bad(
        key="network.internet",
        value=False,
        at="edge.allowedCidrs",
        got='["0.0.0.0/0", "::/0"]',
        rule="without internet the load balancer is private, so say who may connect",
        fix="list private ranges such as 10.0.0.0/8",
    ),
    Bad(
        key="edge.allowedCidrs",
        value=["9.9.9.0/24", "9.9.9.0/24"],
        rule="each range may appear once",
        fix="remove the second one",
    ),
    *(
        Bad(
            key="edge.tlsPolicy",
            value=value,
            rule="must be a policy that offers TLS 1.2 and 1.3 only",
            fix="set one that starts with ELBSecurityPolicy-TLS13-1-2-",
        )
        for value in (
            "ELBSecurityPolicy-2016-08",
            "ELBSecurityPolicy-TLS13-1-0-2021-06",
            "ELBSecurityPolicy-TLS13-1-2-",
        )
    ),
    Bad(key="edge.idleTimeoutSeconds", value=0, rule="must be at least 1", fix="set 1 or more"),
    Bad(key="edge.idleTimeoutSeconds", value=4001, rule="must be at most 4000", fix="set 4000 or less"),
)
