"""Which of AWS's APIs a network reaches at private addresses of its own."""

from settings.images import Source
from settings.network import Network
from settings.stack import Settings
from settings.telemetry import Collector

STARTING_TASKS = ("ecr.api", "ecr.dkr", "logs", "secretsmanager")
"""What Fargate calls through a task's own network interface: image, log and secrets (Amazon ECS Developer Guide,
"Amazon ECS interface VPC endpoints"; Amazon ECR User Guide, same). Image layers come through the S3 gateway."""

FUNCTIONS = ("ecs", "elasticache", "monitoring", "kms")
"""What functions inside call besides (functions/): rotation changes users of the cache and restarts services, the meter
of queues publishes metrics. S3 and Secrets Manager ask KMS themselves on a caller's behalf; its endpoint keeps inside
what a caller, who may use these keys, asks it directly."""

INSIDE = (*STARTING_TASKS, *FUNCTIONS)
"""What a stack needs whose tasks and functions have no way to the internet of their own."""

CLOSED = (*INSIDE, "sts", "ssmmessages", "codeartifact.api", "codeartifact.repositories")
"""What tasks and functions call in a network without internet; ssmmessages would carry ECS Exec, CodeArtifact serves
the packages of plugins and needs both (CodeArtifact User Guide, "Create VPC endpoints for CodeArtifact")."""

MAIL = "email-smtp"
"""SES by SMTP. It is missing in a few zones, which AWS lists by zone id (Amazon SES Developer Guide, "Setting up VPC
endpoints with Amazon SES"), and answers no request that IAM could judge, so it takes no policy."""


TRACES = "xray"
"""AWS X-Ray, called by the collector beside each service (AWS X-Ray Developer Guide, "Using AWS X-Ray with VPC
endpoints")."""


def services(choices: Network, *, isolates: bool, mail: bool, traces: bool = False) -> tuple[str, ...]:
    """The services that need an endpoint: all that are called where there is no internet, those that tasks and
    functions call where the stack `isolates` most of them from it, SES where a closed network sends `mail` through it,
    X-Ray where either sends `traces` to it, and the chosen."""
    closed = not choices.internet
    needed = CLOSED if closed else INSIDE if isolates else ()
    own = [*([MAIL] if closed and mail else []), *([TRACES] if needed and traces else [])]
    return tuple(dict.fromkeys([*needed, *own, *choices.endpoints]))


def isolates(settings: Settings) -> bool:
    """Whether services with no business on the internet, above all those that run other people's code, start without
    it: they can where images are copies in ECR."""
    return settings.images.source is Source.MIRROR


def services_of(settings: Settings) -> tuple[str, ...]:
    """The services that this stack needs an endpoint for.

    Copied images let services start without the internet; SES sends the mail where no other server is named.
    """
    sends_through_ses = settings.mail is not None and settings.mail.server is None
    traces_to_xray = settings.telemetry is not None and settings.telemetry.collector is Collector.XRAY
    return services(settings.network, isolates=isolates(settings), mail=sends_through_ses, traces=traces_to_xray)
