"""The nginx before Dify on one host, as data and a pure function that writes its configuration.

It stands where the load balancer and the web application firewall stand on AWS, and decides each request as they do:
routes are those of dify/routes.py, classes of routes, allow-lists and limits those of dify/web_firewall.
"""

from dify.nginx.configuration import configuration
from dify.nginx.instances import CONNECT_SECONDS
from dify.nginx.reverse_proxy import (
    BODY_LIMIT_MIB,
    CERTIFICATE_FILE,
    HEALTH_URL,
    HTTP_PORT,
    HTTPS_PORT,
    KEY_FILE,
    READY_FOLDER,
    SCRATCH,
    ReverseProxy,
)

__all__ = [
    "BODY_LIMIT_MIB",
    "CERTIFICATE_FILE",
    "CONNECT_SECONDS",
    "HEALTH_URL",
    "HTTPS_PORT",
    "HTTP_PORT",
    "KEY_FILE",
    "READY_FOLDER",
    "SCRATCH",
    "ReverseProxy",
    "configuration",
]
