"""Every option of a stack file is proven to change what is built."""

from typing import Any

import pytest

from dify.queues import ALL_QUEUES
from settings import parse
from settings.keys import all_paths, keys_of
from settings.mistake import ConfigurationError
from tests.components.program_variants import SIGNED_IN, values_of
from tests.recorder import Graph
from tests.recordings import recorded

_ARN = "arn:aws:acm:eu-west-1:111122226666:certificate/00000000-0000-0000-0000-000000000000"

_LOGIN = "arn:aws:secretsmanager:eu-west-1:111122226666:secret:dify-login-AbCdEf"
_KEY = "arn:aws:kms:eu-west-1:111122226666:key/00000000-0000-0000-0000-000000000000"
_LIMIT = {"routes": "login", "per": "ip", "requests": 123, "windowSeconds": 300}
_PEAK = {"start": "0 8 ? * MON-FRI *", "end": "0 18 ? * MON-FRI *", "timeZone": "Europe/Berlin"}

_SHOWN: dict[str, tuple[Any, str, str]] = {
    "environment": ("staging", "aws", '"environment": "staging"'),
    "account": ("111122226666", "aws", "111122226666"),
    "region": ("eu-west-1", "aws", "'region': 'eu-west-1'"),
    "domain": ("other.dev.example.com", "certificate-certificate", "other.dev.example.com"),
    "release": ("1.17.0", "images-api-original", "dify-api:1.17.0"),
    "lifecycle": ("retain", "database-instance", "'deletionProtection': True"),
    "tags.owner": ("somebody", "aws", '"owner": "somebody"'),
    "tags.costCenter": ("else", "aws", '"cost-center": "else"'),
    "network.cidr": ("10.30.0.0/16", "network-vpc", "10.30.0.0/16"),
    "network.zones": (["eu-west-1a", "eu-west-1b", "eu-west-1c"], "network-data-c", "eu-west-1c"),
    "network.natGateways": ("per-zone", "network-nat-b", "network-public-b-id"),
    "network.endpoints": (["bedrock-runtime"], "endpoints-bedrock-runtime", "bedrock-runtime"),
    "edge.hostedZoneId": ("Z9999999999", "domain-ipv4", "Z9999999999"),
    "edge.allowedCidrs": (["8.8.8.0/24"], "firewall-load-balancer-443-0", "8.8.8.0/24"),
    "edge.tlsPolicy": ("ELBSecurityPolicy-TLS13-1-2-Res-2021-06", "edge-https", "TLS13-1-2-Res-2021-06"),
    "edge.idleTimeoutSeconds": (1234, "edge-alb", "'idleTimeout': 1234.0"),
    "network.dnsFirewall.allowedDomains": (["api.openai.com"], "dns-firewall-allowed-names", "api.openai.com"),
    "network.dnsFirewall.blockedDomains": (["*.example.net"], "dns-firewall-blocked-names", "*.example.net"),
    "network.dnsFirewall.detect": ("alert", "dns-firewall-dga", "ALERT"),
    "webFirewall.allowedCidrs.console": (["8.8.8.0/24"], "web-acl-allowed-console-v4", "8.8.8.0/24"),
    "webFirewall.allowedCidrs.openapi": (["8.8.8.0/24"], "web-acl-allowed-openapi-v4", "8.8.8.0/24"),
    "webFirewall.allowedCidrs.serviceApi": (["8.8.8.0/24"], "web-acl-allowed-serviceApi-v4", "8.8.8.0/24"),
    "webFirewall.allowedCidrs.webApp": (["8.8.8.0/24"], "web-acl-allowed-webApp-v4", "8.8.8.0/24"),
    "webFirewall.allowedCidrs.webhooks": (["8.8.8.0/24"], "web-acl-allowed-webhooks-v4", "8.8.8.0/24"),
    "webFirewall.blockedCidrs": (["9.9.9.0/24"], "web-acl-blocked-v4", "9.9.9.0/24"),
    "webFirewall.blockedCountries": (["KP"], "web-acl-acl", "'KP'"),
    "webFirewall.rateLimits": ([_LIMIT], "web-acl-acl", "'limit': 123.0"),
    **{
        f"signIn.{key}": (value, "sign-in-rules", shown)
        for key, value, shown in (
            ("issuer", "https://id.example.com", '"https://id.example.com"'),
            ("authorizationEndpoint", "https://id.example.com/a", "https://id.example.com/a"),
            ("tokenEndpoint", "https://id.example.com/t", "https://id.example.com/t"),
            ("userInfoEndpoint", "https://id.example.com/u", "https://id.example.com/u"),
            ("clientId", "dify-client", "dify-client"),
            ("login", _LOGIN, _LOGIN),
            ("loginVersion", "11111111-2222-3333-4444-555555555555", "11111111-2222-3333-4444-555555555555"),
            ("scope", "openid groups", "openid groups"),
            ("sessionSeconds", 28_800, "28800"),
        )
    },
    "services.web.cpu": (512, "web-definition", "'cpu': '512'"),
    "services.web.memory": (3072, "web-definition", "'memory': '3072'"),
    "services.web.minTasks": (3, "web-scaling", "'minCapacity': 3.0"),
    "services.web.maxTasks": (4, "web-scaling", "'maxCapacity': 4.0"),
    "services.api.cpu": (2048, "api-definition", "'cpu': '2048'"),
    "services.api.memory": (5120, "api-definition", "'memory': '5120'"),
    "services.api.minTasks": (2, "api-scaling", "'minCapacity': 2.0"),
    "services.api.maxTasks": (3, "api-scaling", "'maxCapacity': 3.0"),
    "services.api.processes": (2, "api-definition", '"SERVER_WORKER_AMOUNT", "value": "2"'),
    "services.api.connectionsPerProcess": (321, "api-definition", '"SERVER_WORKER_CONNECTIONS", "value": "321"'),
    "services.worker.cpu": (2048, "worker-definition", "'cpu': '2048'"),
    "services.worker.memory": (5120, "worker-definition", "'memory': '5120'"),
    "services.worker.minTasks": (2, "worker-scaling", "'minCapacity': 2.0"),
    "services.worker.maxTasks": (3, "worker-scaling", "'maxCapacity': 3.0"),
    "services.worker.concurrency": (13, "worker-definition", '"CELERY_WORKER_AMOUNT", "value": "13"'),
    "services.web.peaks": ([{**_PEAK, "minTasks": 4}], "web-peak-0-start", "'minCapacity': 4.0"),
    "services.api.requestsPerTask": (777, "api-requests", "'targetValue': 777.0"),
    "services.api.peaks": ([{**_PEAK, "minTasks": 3}], "api-peak-0-start", "'timezone': 'Europe/Berlin'"),
    "services.worker.backlogPerTask": (5, "worker-backlog", "'targetValue': 5.0"),
    "services.worker.peaks": ([{**_PEAK, "minTasks": 3}], "worker-peak-0-end", "cron(0 18 ? * MON-FRI *)"),
    "services.collaboration.cpu": (1024, "api-websocket-definition", "'cpu': '1024'"),
    "services.collaboration.memory": (3072, "api-websocket-definition", "'memory': '3072'"),
    "services.collaboration.minTasks": (2, "api-websocket-scaling", "'minCapacity': 2.0"),
    "services.collaboration.maxTasks": (3, "api-websocket-scaling", "'maxCapacity': 3.0"),
    "services.collaboration.peaks": ([{**_PEAK, "minTasks": 3}], "api-websocket-peak-0-start", "'minCapacity': 3.0"),
    "services.pluginDaemon.cpu": (2048, "plugin-daemon-definition", "'cpu': '2048'"),
    "services.pluginDaemon.memory": (5120, "plugin-daemon-definition", "'memory': '5120'"),
    "services.pluginDaemon.diskGib": (33, "plugin-daemon-definition", "'sizeInGib': 33.0"),
    "services.sandbox.cpu": (1024, "sandbox-definition", "'cpu': '1024'"),
    "services.sandbox.memory": (3072, "sandbox-definition", "'memory': '3072'"),
    "services.sandbox.minTasks": (2, "sandbox-scaling", "'minCapacity': 2.0"),
    "services.sandbox.maxTasks": (3, "sandbox-scaling", "'maxCapacity': 3.0"),
    "services.sandbox.peaks": ([{**_PEAK, "minTasks": 3}], "sandbox-peak-0-start", "'minCapacity': 3.0"),
    "services.ssrfProxy.cpu": (512, "ssrf-proxy-definition", "'cpu': '512'"),
    "services.ssrfProxy.memory": (2048, "ssrf-proxy-definition", "'memory': '2048'"),
    "services.ssrfProxy.minTasks": (2, "ssrf-proxy-scaling", "'minCapacity': 2.0"),
    "services.ssrfProxy.maxTasks": (3, "ssrf-proxy-scaling", "'maxCapacity': 3.0"),
    "services.ssrfProxy.peaks": ([{**_PEAK, "minTasks": 3}], "ssrf-proxy-peak-0-start", "'minCapacity': 3.0"),
    "services.agents.enabled": (True, "web-definition", '"NEXT_PUBLIC_ENABLE_AGENT_V2", "value": "true"'),
    "services.agents.cpu": (2048, "agent-backend-definition", "'cpu': '2048'"),
    "services.agents.memory": (5120, "local-sandbox-definition", "'memory': '5120'"),
    "services.agents.diskGib": (44, "local-sandbox-definition", "'sizeInGib': 44.0"),
    "services.beat.cpu": (512, "beat-definition", "'cpu': '512'"),
    "services.beat.memory": (2048, "beat-definition", "'memory': '2048'"),
    "database.instanceClass": ("db.m7g.2xlarge", "database-instance", "db.m7g.2xlarge"),
    "database.engineVersion": ("17.4", "database-instance", "'engineVersion': '17.4'"),
    "database.allocatedStorageGib": (33, "database-instance", "'allocatedStorage': 33.0"),
    "database.maxStorageGib": (77, "database-instance", "'maxAllocatedStorage': 77.0"),
    "database.multiAz": (True, "database-instance", "'multiAz': True"),
    "database.backupRetentionDays": (11, "database-instance", "'backupRetentionPeriod': 11.0"),
    "database.maintenanceWindow": ("mon:03:00-mon:04:00", "database-instance", "mon:03:00-mon:04:00"),
    "database.poolSize": (6, "worker-definition", '"SQLALCHEMY_POOL_SIZE", "value": "6"'),
    "database.maxOverflow": (7, "worker-definition", '"SQLALCHEMY_MAX_OVERFLOW", "value": "7"'),
    "mail.sender": ("a@example.com", "worker-definition", '"MAIL_DEFAULT_SEND_FROM", "value": "a@example.com"'),
    "mail.login": (_LOGIN, "worker-definition", f'"SMTP_PASSWORD", "valueFrom": "{_LOGIN}:password::"'),
    "mail.server": ("smtp.example.com", "api-definition", '"SMTP_SERVER", "value": "smtp.example.com"'),
    "mail.port": (465, "firewall-worker-465-out", "'toPort': 465.0"),
    "telemetry.endpoint": ("https://otlp.example.com", "api-definition", "https://otlp.example.com"),
    "telemetry.protocol": ("grpc", "beat-definition", '"OTEL_EXPORTER_OTLP_PROTOCOL", "value": "grpc"'),
    "telemetry.samplingRate": (0.5, "worker-definition", '"OTEL_SAMPLING_RATE", "value": "0.5"'),
    "telemetry.login": (_LOGIN, "api-definition", f'"OTLP_API_KEY", "valueFrom": "{_LOGIN}:key::"'),
    "cleanup.workflowLogsAfterDays": (77, "beat-definition", '"WORKFLOW_LOG_RETENTION_DAYS", "value": "77"'),
    "cleanup.messagesAfterDays": (88, "worker-definition", '"SANDBOX_EXPIRED_RECORDS_RETENTION_DAYS", "value": "88"'),
    "cleanup.embeddingCache": (True, "beat-definition", '"ENABLE_CLEAN_EMBEDDING_CACHE_TASK", "value": "true"'),
    "cleanup.unusedDatasets": (True, "beat-definition", '"ENABLE_CLEAN_UNUSED_DATASETS_TASK", "value": "true"'),
    "images.source": ("mirror", "images-api-repository", "dify-staging/api"),
    "images.keepImages": (12, "images-api-lifecycle", '"countNumber": 12'),
    "vectorStore.kind": ("opensearch", "api-definition", '"VECTOR_STORE", "value": "opensearch"'),
    "vectorStore.opensearch.instanceType": ("m7g.large.search", "search-domain", "m7g.large.search"),
    "vectorStore.opensearch.dataNodes": (6, "search-domain", "'instanceCount': 6.0"),
    "vectorStore.opensearch.dedicatedMasters": (False, "search-domain", "'dedicatedMasterEnabled': False"),
    "vectorStore.opensearch.storageGib": (66, "search-domain", "'volumeSize': 66.0"),
    "vectorStore.opensearch.engineVersion": ("OpenSearch_2.17", "search-domain", "OpenSearch_2.17"),
    "replica.region": ("eu-north-1", "aws-eu-north-1", "'region': 'eu-north-1'"),
    "cache.nodeType": ("cache.m7g.large", "cache-group", "cache.m7g.large"),
    "cache.nodes": (3, "cache-group", "'numCacheClusters': 3.0"),
    "cache.engineVersion": ("7.2", "cache-group", "'engineVersion': '7.2'"),
    "cache.snapshotRetentionDays": (5, "cache-group", "'snapshotRetentionLimit': 5.0"),
    "cache.snapshotWindow": ("02:00-03:00", "cache-group", "02:00-03:00"),
    "cache.maintenanceWindow": ("tue:04:30-tue:05:30", "cache-group", "tue:04:30-tue:05:30"),
    "storage.infrequentAccessAfterDays": (44, "storage-files-lifecycle", "'days': 44.0"),
    "storage.expireNoncurrentAfterDays": (55, "storage-files-lifecycle", "'noncurrentDays': 55.0"),
    "storage.abortUploadsAfterDays": (6, "storage-files-lifecycle", "'daysAfterInitiation': 6.0"),
    "storage.expireLogsAfterDays": (66, "audit-store-logs-lifecycle", "'days': 66.0"),
    "audit.insights": (True, "trail-trail", "ApiCallRateInsight"),
    "audit.lock": ("compliance", "audit-store-records-lock", "'mode': 'COMPLIANCE'"),
    "audit.lockDays": (25, "audit-store-records-lock", "'days': 25.0"),
    "audit.expireAfterDays": (77, "audit-store-records-lifecycle", "'days': 77.0"),
    "detection.guardDuty": (True, "detection-detector", "'enable': True"),
    "detection.config": (True, "detection-recorder", "'allSupported': True"),
    "detection.securityHub": (True, "detection-hub", "SECURITY_CONTROL"),
    "detection.accessAnalyzer": (True, "detection-analyzer", "'type': 'ACCOUNT'"),
    "detection.inspector": (True, "detection-inspector", "'ECR'"),
    "detection.accountDefaults": (True, "detection-passwords", "'minimumPasswordLength': 14.0"),
    "pipeline.repository": ("example/infrastructure", "pipeline-deploy", "repo:example/infrastructure:"),
    "pipeline.environment": ("live", "pipeline-deploy", ":environment:live"),
    "pipeline.branch": ("trunk", "pipeline-drift", "refs/heads/trunk"),
    "pipeline.stateBucket": ("example-state", "pipeline-reads", "example-state"),
    "pipeline.stateKeyArn": (_KEY, "pipeline-reads", _KEY),
    "logs.retentionDays": (60, "api-logs", "'retentionInDays': 60.0"),
    "alarms.subscriptions": (
        [{"email": "a@example.com", "severities": ["page"]}],
        "notifications-page-a@example.com",
        "a@example.com",
    ),
    "alarms.runbooks": ("https://git.example.com/runbooks", "edge-errors", "https://git.example.com/runbooks/edge.md"),
    "alarms.cpuPercent": (71, "services-api-cpu", "'threshold': 71.0"),
    "alarms.memoryPercent": (72, "services-api-memory", "'threshold': 72.0"),
    "alarms.diskPercent": (73, "services-api-disk", "'threshold': 73.0"),
    "alarms.errorPercent": (3, "edge-errors", "'threshold': 3.0"),
    "alarms.responseSeconds": (8, "edge-api-response", "'threshold': 8.0"),
    "business.apps": (7, "business-metrics-function", '"apps": 7'),
    "business.models": (8, "business-metrics-function", '"models": 8'),
    "business.loudFactor": (20, "business-loud-user", "more than 20 times"),
    "business.currencies": (["USD", "EUR"], "business-cost-eur", "'Currency': 'EUR'"),
    "business.historyDays": (99, "business-history-records-lifecycle", "'days': 99.0"),
    "probe.login": (_LOGIN, "probe-role-policy", _LOGIN),
    "probe.streamMinutes": (15, "probe-function", '"everyMinutes": 15'),
    "objectives.availabilityPercent": (99.5, "objectives-availability-hour-long", "'threshold': 7.2"),
    "objectives.latencyPercent": (98.0, "objectives-latency-hour-long", "'stat': 'p71.2'"),
    "objectives.latencySeconds": (9, "objectives-latency-hour-long", "'threshold': 9.0"),
    "objectives.days": (7, "objectives-availability-hour", "the budget of 7 days"),
    "costs.monthlyBudget": (4321, "costs-budget", "'limitAmount': '4321'"),
    "costs.unusualDollars": (123, "costs-jumps", "'123'"),
    "backup.dailyRetentionDays": (21, "backup-plan", "'deleteAfter': 21.0"),
    "backup.hourlyRetentionDays": (11, "backup-plan", "'deleteAfter': 11.0"),
    "backup.lock": ("compliance", "backup-lock", "'backupVaultName'"),
    "backup.lockGraceDays": (19, "backup-lock", "'changeableForDays': 19.0"),
}
"""Option -> another valid value, the resource that it must change, and what must appear there."""

_ALONE = {
    "edge.certificateArn",
    "edge.contentDelivery.certificateArn",
    "edge.contentDelivery.originTimeoutSeconds",
    "edge.contentDelivery.priceClass",
    "webFirewall.allowedCountries",
    "webFirewall.failOpen",
    "telemetry.collector",
    "signIn.publishedApps",
    "audit.trail",
    "pipeline.providerArn",
    "network.internet",
    "services.workerGroups",
    "services.collaboration.enabled",
    "vectorStore.migrateFrom",
    "vectorStore.opensearch.masterType",
    "database.proxy",
    "business.enabled",
}
"""Exclude another option, so each has a stack file of its own below."""

_REFUSING: dict[str, Any] = {
    "demand.concurrentRequests": 100_000,
    "demand.concurrentRuns": 10_000,
    "quotas.fargateVcpus": 1,
    "quotas.networkInterfaces": 1,
    "edge.hostedZoneName": "example.org",
    "images.allowedRegistries": ["docker.io/somebody"],
}
"""Build nothing: a plan that breaks them is refused."""


def _before() -> Graph:
    return recorded("dev")


def _after() -> Graph:
    shown = {path: value for path, (value, _, _) in _SHOWN.items()}
    return recorded("staging", values=values_of("dev", {**shown, "quotas.fargateVcpus": 500}))


def _inputs(graph: Graph, name: str) -> str:
    return "\n".join(str(resource.inputs) for resource in graph.resources if resource.name == name)


def test_this_table_knows_every_option_of_a_stack_file() -> None:
    leaves = {".".join(map(str, path)) for path in all_paths() if not keys_of(path)}
    assert leaves == {*_SHOWN, *_ALONE, *_REFUSING}


@pytest.mark.parametrize("option", _SHOWN)
def test_an_option_changes_what_is_built(option: str) -> None:
    _, resource, text = _SHOWN[option]
    assert text not in _inputs(_before(), resource)
    assert text in _inputs(_after(), resource)


def test_a_given_certificate_is_what_the_listener_shows() -> None:
    zones = [f"eu-west-1{letter}" for letter in "ab"]
    changes = {"region": "eu-west-1", "network.zones": zones, "edge.certificateArn": _ARN}
    graph = _changed(changes, ("dify:edge", "hostedZoneId", "hostedZoneName"))
    assert graph.named("edge-https").inputs["certificateArn"] == _ARN
    assert graph.of("acm/certificate:Certificate") == []


def test_content_delivery_shows_the_given_certificate_and_waits_as_long_as_it_is_told() -> None:
    shown = _ARN.replace("eu-west-1", "us-east-1")
    given = {"certificateArn": shown, "originTimeoutSeconds": 33, "priceClass": "PriceClass_100"}
    zones = [f"eu-west-1{letter}" for letter in "ab"]
    changes = {
        "region": "eu-west-1",
        "network.zones": zones,
        "edge.certificateArn": _ARN,
        "edge.contentDelivery": given,
    }
    graph = _changed(changes, ("dify:edge", "hostedZoneId", "hostedZoneName"))
    distribution = graph.named("delivery-distribution").inputs
    assert distribution["viewerCertificate"]["acmCertificateArn"] == shown
    assert distribution["priceClass"] == "PriceClass_100"
    assert distribution["origins"][0]["vpcOriginConfig"]["originReadTimeout"] == 33
    assert graph.of("acm/certificate:Certificate") == []


def test_only_allowed_countries_pass() -> None:
    graph = _changed({"webFirewall.allowedCountries": ["DE"]})
    assert "'DE'" in _inputs(graph, "web-acl-acl")


def test_requests_pass_a_silent_web_firewall_where_they_shall() -> None:
    balancers = [_changed({"webFirewall.failOpen": value}).named("edge-alb").inputs for value in (True, False)]
    assert [balancer["enableWafFailOpen"] for balancer in balancers] == [True, False]


def test_published_apps_are_signed_in_for_where_they_shall_be() -> None:
    changes = {f"signIn.{name}": value for name, value in SIGNED_IN["signIn"].items()}
    rules = [_inputs(_changed({**changes, **more}), "sign-in-rules") for more in ({}, _READERS_SIGN_IN)]
    assert ["/chatbot/*" in rule for rule in rules] == [True, False]


def test_where_use_is_not_counted_nothing_reads_the_database_for_it() -> None:
    graph = _changed({"business.enabled": False})
    assert not [resource.name for resource in graph.resources if resource.name.startswith("business")]
    shown = {one.name for one in graph.of("cloudwatch/dashboard:Dashboard")}
    assert shown == {"dashboards-operations", "dashboards-cost"}


def test_a_collector_takes_what_services_send_and_sends_it_where_it_is_told() -> None:
    xray = _changed({"telemetry": {"collector": "xray"}})
    otlp = _changed({"telemetry": {"collector": "otlp", "endpoint": "https://otlp.example.com"}})
    assert "awsxray" in _inputs(xray, "worker-definition")
    assert "otlp_http" in _inputs(otlp, "worker-definition")
    assert "otel-collector" not in _inputs(_before(), "worker-definition")


def test_without_a_trail_of_its_own_there_is_none() -> None:
    graph = _changed({"audit.trail": False})
    assert graph.of("cloudtrail/trail:Trail") == []
    assert _before().of("cloudtrail/trail:Trail")


def test_a_given_provider_of_identities_is_trusted_and_none_is_made() -> None:
    provider = "arn:aws:iam::111122225555:oidc-provider/token.actions.githubusercontent.com"
    graph = _changed({"pipeline.repository": "example/infrastructure", "pipeline.providerArn": provider})
    assert provider in _inputs(graph, "pipeline-deploy")
    assert graph.of("OpenIdConnectProvider") == []


_READERS_SIGN_IN = {"signIn.publishedApps": "signed-in"}


def _changed(changes: dict[str, Any], removed: tuple[str, ...] = ()) -> Graph:
    return recorded("dev", values=values_of("dev", changes, removed))


@pytest.mark.parametrize("option", _REFUSING)
def test_an_option_that_builds_nothing_refuses_what_breaks_it(option: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        parse(values_of("dev", {option: _REFUSING[option]}), "dev")
    assert any(option in line for line in refusal.value.lines), refusal.value.lines


def test_worker_groups_replace_the_worker_and_share_its_queues() -> None:
    runs = ["workflow", "workflow_based_app_execution"]
    rest = [queue for queue in ALL_QUEUES if queue not in runs]
    size = {"cpu": 512, "memory": 2048, "minTasks": 1, "maxTasks": 1}
    groups = [{"name": "runs", "queues": runs, **size}, {"name": "rest", "queues": rest, **size}]
    graph = _changed({"services.workerGroups": groups}, ("dify:services", "worker"))
    services = {service.inputs["name"] for service in graph.of("ecs/service:Service")}
    assert {"worker-runs", "worker-rest"} <= services
    assert "worker" not in services
    assert '"CELERY_WORKER_QUEUES", "value": "workflow,workflow_based_app_execution"' in _inputs(
        graph, "worker-runs-definition"
    )
    assert "'value': 'worker-rest'" in _inputs(graph, "worker-rest-backlog")


def test_without_collaboration_its_service_its_route_and_its_feature_are_gone() -> None:
    graph = _changed({"services.collaboration": {"enabled": False}})
    assert not [resource.name for resource in graph.resources if "api-websocket" in resource.name]
    assert "socket.io" not in "".join(str(rule.inputs) for rule in graph.of(":ListenerRule"))
    assert "NEXT_PUBLIC_SOCKET_URL" not in _inputs(graph, "web-definition")


def test_both_vector_stores_stand_while_vectors_move() -> None:
    graph = _changed({"vectorStore": {"kind": "opensearch", "migrateFrom": "pgvector", "opensearch": {"dataNodes": 2}}})
    assert {"vectors-opensearch", "vectors-pgvector"} <= {resource.name for resource in graph.resources}
    alone = _changed({"vectorStore": {"kind": "opensearch", "opensearch": {"dataNodes": 2}}})
    assert "vectors-pgvector" not in {resource.name for resource in alone.resources}


def test_masters_are_of_the_type_that_was_asked_for() -> None:
    graph = _changed(
        {"vectorStore": {"kind": "opensearch", "opensearch": {"masterType": "r7g.large.search", "dataNodes": 2}}}
    )
    assert "'dedicatedMasterType': 'r7g.large.search'" in _inputs(graph, "search-domain")


def test_a_pooler_takes_the_databases_place() -> None:
    graph = _changed({"database.proxy": True})
    assert "database-proxy" in _inputs(graph, "api-definition")
    assert graph.of("rds/proxy:Proxy")


def test_without_internet_nothing_leads_out_and_plugins_have_a_package_index() -> None:
    changes = {
        "network.internet": False, "edge.allowedCidrs": ["10.0.0.0/8"], "images.source": "mirror",
    }  # fmt: skip
    graph = _changed(changes, ("dify:network", "natGateways"))
    assert not graph.of("ec2/internetGateway:InternetGateway") + graph.of("ec2/natGateway:NatGateway")
    assert graph.of("codeartifact/repository:Repository")
    assert "package-login" in _inputs(graph, "plugin-daemon-definition")
