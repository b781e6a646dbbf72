"""OpenTelemetry collectors: AWS Distro for OpenTelemetry beside each service that sends traces and metrics."""

import json
from dataclasses import dataclass
from urllib.parse import urlsplit

import pulumi

from components.container import OperatorSecret, Reservation, Sidecar
from components.iam import Statement, allow
from dify import plan
from dify.releases import OTEL_COLLECTOR
from dify.telemetry import COLLECTOR_HOST, COLLECTOR_PORT

CPU = 32
MEMORY_MIB = 256
"""A collector that holds traces back while their destination is down ends within this, not in Dify's memory."""

_KEY = "OTLP_API_KEY"
_HEALTH_PORT = 13133
_USER = "4317"
"""The port that /healthcheck of the image asks, and the user that the image runs as (cmd/healthcheck/main.go and
cmd/awscollector/Dockerfile of aws-observability/aws-otel-collector)."""
_HTTPS = 443

_Exporters = dict[str, dict[str, object]]
"""Name of an exporter -> its configuration."""


@dataclass(frozen=True, kw_only=True)
class Collector:
    """Takes OTLP from the service in its task and sends it on as `choices` say. `login` is the operator's secret with
    the key in its field `key`: the collector holds it, the service does not."""

    region: str
    image: pulumi.Input[str]
    choices: plan.Collector
    login: str | None = None

    def sidecar(self) -> Sidecar:
        """Its container. Not needed, because telemetry that fails must cost telemetry only: a service neither waits for
        it nor ends with it, and Dify drops what nobody takes."""
        return Sidecar(
            name=OTEL_COLLECTOR,
            image=self.image,
            ready=["/healthcheck"],
            user=_USER,
            needed=False,
            reservation=Reservation(cpu=CPU, memory=MEMORY_MIB),
            environment={
                # The image takes it in the place of a file, and writes it to its log (pkg/config/config_factory.go).
                "AOT_CONFIG_CONTENT": json.dumps(configuration(self.choices, self.region)),
                "GOMEMLIMIT": f"{MEMORY_MIB * 8 // 10}MiB",
            },
            secrets=[] if self.login is None else [OperatorSecret(arn=self.login, fields={_KEY: "key"})],
        )

    def send_statements(self) -> list[Statement]:
        """Send traces to X-Ray, where they go there. IAM knows no resource for it (Service Authorization Reference)."""
        return [] if self.choices.endpoint else [allow("SendTraces", ["xray:PutTraceSegments"], "*")]


def configuration(choices: plan.Collector, region: str) -> dict[str, object]:
    """What the collector is told (opentelemetry.io, "Collector configuration"; the READMEs of its components). Nothing
    listens beyond the task's loopback, and the key is the name of a variable."""
    traces, metrics = _exporters(choices, region)
    return {
        "extensions": {"health_check": {"endpoint": f"{COLLECTOR_HOST}:{_HEALTH_PORT}"}},
        "receivers": {"otlp": {"protocols": {"http": {"endpoint": f"{COLLECTOR_HOST}:{COLLECTOR_PORT}"}}}},
        "processors": {
            "memory_limiter": {"check_interval": "1s", "limit_mib": MEMORY_MIB * 3 // 4},
            # Adds the task and its log group; what the service says of itself stays.
            "resourcedetection": {"detectors": ["ecs"], "override": False},
        },
        "exporters": {**traces, **metrics},
        "service": {
            "extensions": ["health_check"],
            "pipelines": {"traces": _pipeline(traces), "metrics": _pipeline(metrics)},
            "telemetry": {"logs": {"level": "warn"}, "metrics": {"level": "none"}},
        },
    }


def _pipeline(exporters: _Exporters) -> dict[str, object]:
    """Dify sends batches, so that none are made here."""
    return {
        "receivers": ["otlp"],
        "processors": ["memory_limiter", "resourcedetection"],
        "exporters": list(exporters),
    }


def _exporters(choices: plan.Collector, region: str) -> tuple[_Exporters, _Exporters]:
    """Those of traces, and those of metrics."""
    if choices.endpoint is None:
        # X-Ray takes no metrics. They end here, in a log that is off, because Dify complains of a refusal every minute.
        return {"awsxray": {"region": region}}, {"debug": {}}
    key: dict[str, object] = {"headers": {"authorization": f"Bearer ${{env:{_KEY}}}"}} if choices.needs_login else {}
    if choices.protocol == "grpc":
        address = urlsplit(choices.endpoint)
        exporter: _Exporters = {"otlp_grpc": {"endpoint": f"{address.hostname}:{address.port or _HTTPS}", **key}}
    else:
        # A dollar sign of the address is none of a variable.
        exporter = {"otlp_http": {"endpoint": choices.endpoint.replace("$", "$$"), **key}}
    return exporter, exporter
