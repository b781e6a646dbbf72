"""Wrong values of images, demand, quotas, mail, telemetry and clean-up, each with its line."""

from typing import Any

from tests.settings.bad_kinds import bounds, no_arn, whole
from tests.settings.stack_files import Bad

_ENUM = "set one of them"


def _switch(key: str) -> Bad:
    return Bad(key=key, value="on", rule="must be true or false", fix="write one, for example true")


def _least(key: str, least: int) -> Bad:
    return Bad(key=key, value=least - 1, rule=f"must be at least {least}", fix=f"set {least} or more")


IMAGES = (
    Bad(key="images.source", value="hub", rule="must be one of mirror, upstream", fix=_ENUM),
    Bad(
        key="images.source",
        value="upstream",
        rule="prod runs what was scanned, and keeps its sandbox from the internet",
        fix="set mirror",
    ),
    Bad(
        key="images.source",
        value="upstream",
        environment="staging",
        also={"network.internet": False, "edge.allowedCidrs": ["10.0.0.0/8"]},
        rule="a network without internet reaches no public registry",
        fix="set mirror",
    ),
    *bounds("images.keepImages", 2, 1000),
    Bad(
        key="images.allowedRegistries",
        value=[],
        rule="must name at least one registry",
        fix="write it like docker.io/langgenius",
    ),
    *(
        Bad(
            key="images.allowedRegistries",
            value=[value],
            at="images.allowedRegistries[0]",
            got=f'"{value}"',
            rule="must be a registry, or a part of one, without tag or scheme",
            fix="write it like docker.io/langgenius",
        )
        for value in ("https://docker.io", "langgenius", "docker.io/langgenius/dify-api:1.17.1", "docker.io/", "")
    ),
)

LOAD = (
    *(_least(f"demand.{name}", 1) for name in ("concurrentRequests", "concurrentRuns")),
    *whole("demand.concurrentRequests", 800),
    *(_least(f"quotas.{name}", 1) for name in ("fargateVcpus", "networkInterfaces")),
    *whole("quotas.fargateVcpus", 200),
    _switch("database.proxy"),
)

_LOGIN = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:dify-mail-AbCdEf"
_MAIL = {"mail.sender": "dify@example.com", "mail.login": _LOGIN}
_COLLECTOR = {"telemetry.endpoint": "https://otlp.example.com"}
_XRAY = {"telemetry.collector": "xray"}
_OTHERWISE = "remove it, or set collector otlp"
_BAD_LOGINS = ("dify-mail", "arn:aws:secretsmanager:eu-central-1:111122223333:secret:dify-mail", _LOGIN[:-1])
_ELSEWHERE: dict[str, Any] = {
    "value": _LOGIN.replace("eu-central-1", "us-east-1"),
    "rule": "must be in the stack's region eu-central-1",
    "fix": "keep the login in a secret of eu-central-1",
}

MAIL = (
    *(
        Bad(
            key="mail.sender",
            value=value,
            also=_MAIL,
            rule="must be a mail address",
            fix="write it like dify@example.com",
        )
        for value in ("dify", "dify@", "Dify <dify@example.com>", "dify@example", "a b@example.com", "")
    ),
    *(
        Bad(
            key="mail",
            value=value,
            at=f"mail.{missing}",
            got="nothing",
            rule="the key is required",
            fix=f"add it, for example {example}",
        )
        for missing, example, value in (
            ("sender", '"dify@example.com"', {"login": _LOGIN}),
            ("login", f'"{_LOGIN}"', {"sender": "dify@example.com"}),
        )
    ),
    *(no_arn("mail.login", value, _MAIL) for value in _BAD_LOGINS),
    Bad(key="mail.login", also=_MAIL, **_ELSEWHERE),
    *(
        Bad(
            key="mail.server",
            value=value,
            also=_MAIL,
            rule="must be a host name",
            fix="write it like smtp.example.com, or leave it out for Amazon SES",
        )
        for value in ("smtp://smtp.example.com", "smtp.example.com:587", "localhost", "")
    ),
    *(
        Bad(
            key="mail.port",
            value=value,
            also=_MAIL,
            rule="must be a port with TLS",
            fix="set one of 465, 587, 2465, 2587",
        )
        for value in (25, 0, 2525)
    ),
)

TELEMETRY = (
    Bad(
        key="telemetry.collector",
        value="jaeger",
        also=_COLLECTOR,
        rule="must be one of otlp, xray",
        fix=_ENUM,
    ),
    *(
        Bad(
            key="telemetry",
            value=value,
            at="telemetry.endpoint",
            got="nothing",
            rule="the key is required",
            fix='add it, for example "https://otlp.example.com", or set collector xray',
        )
        for value in ({}, {"collector": "otlp"}, {"samplingRate": 1.0})
    ),
    Bad(
        key="telemetry.endpoint",
        value="https://otlp.example.com",
        also=_XRAY,
        rule="AWS X-Ray is that of the stack's region",
        fix=_OTHERWISE,
    ),
    *(
        Bad(
            key="telemetry.protocol",
            value=value,
            also=_XRAY,
            rule="AWS X-Ray has a protocol of its own",
            fix=_OTHERWISE,
        )
        for value in ("http", "grpc")
    ),
    Bad(
        key="telemetry.login",
        value=_LOGIN,
        also=_XRAY,
        rule="AWS X-Ray knows a task by its role and takes no key",
        fix=_OTHERWISE,
    ),
    *(
        Bad(
            key="telemetry.endpoint",
            value=value,
            rule="must be an HTTPS address without login and query",
            fix="write it like https://otlp.example.com",
        )
        for value in ("http://otlp.example.com", "otlp.example.com", "https://otlp.example.com/v1?x=1", "")
    ),
    Bad(key="telemetry.protocol", value="udp", also=_COLLECTOR, rule="must be one of http, grpc", fix=_ENUM),
    Bad(key="telemetry.samplingRate", value=1.5, also=_COLLECTOR, rule="must be at most 1.0", fix="set 1.0 or less"),
    Bad(key="telemetry.samplingRate", value=-0.1, also=_COLLECTOR, rule="must be at least 0.0", fix="set 0.0 or more"),
    Bad(
        key="telemetry.samplingRate",
        value="0.1",
        also=_COLLECTOR,
        rule="must be a number",
        fix="write one, for example 0.1",
    ),
    *(no_arn("telemetry.login", value, _COLLECTOR) for value in _BAD_LOGINS),
    Bad(key="telemetry.login", also=_COLLECTOR, **_ELSEWHERE),
)

CLEANUP = (
    *bounds("cleanup.workflowLogsAfterDays", 1, 3650),
    *whole("cleanup.workflowLogsAfterDays", 90),
    *bounds("cleanup.messagesAfterDays", 22, 3650),
    _switch("cleanup.embeddingCache"),
    _switch("cleanup.unusedDatasets"),
    *(one for kind in ("file", "image", "audio", "video") for one in bounds(f"uploads.{kind}Mib", 1, 500)),
    *bounds("uploads.filesAtOnce", 1, 100),
)
