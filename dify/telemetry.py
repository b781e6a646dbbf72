"""Who sends traces and metrics by itself, and where a collector beside it takes them."""

from dify.services import API, API_WEBSOCKET, BEAT, MIGRATION, PLUGIN_DAEMON, WORKER

SENDERS = tuple(service.kind for service in (API, API_WEBSOCKET, WORKER, BEAT, MIGRATION, PLUGIN_DAEMON))
"""Kinds of service that speak OTLP (api/extensions/ext_otel.py of langgenius/dify, langgenius/dify-plugin-daemon)."""

COLLECTOR_PORT = 4318
"""OTLP's own for HTTP (OpenTelemetry Protocol Exporter, "Endpoint URLs for OTLP/HTTP")."""

COLLECTOR_HOST = "127.0.0.1"
"""Containers of one task share its loopback, and nothing else reaches it (Amazon ECS developer guide, "awsvpc")."""

COLLECTOR_ENDPOINT = f"http://{COLLECTOR_HOST}:{COLLECTOR_PORT}"
