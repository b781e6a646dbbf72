"""What the firewall's log may hold of a request."""

from dify.web_firewall.managed_groups import GROUPS

SECRET_HEADERS = (
    "authorization",
    "cookie",
    "proxy-authorization",
    "x-app-passport",
    "x-csrf-token",
    "x-api-key",
    "x-inner-api-key",
    "x-gitlab-token",
    "x-telegram-bot-api-secret-token",
)
"""Headers that hold a login or a key: Dify's own (api/constants/__init__.py, controllers/inner_api/wraps.py), and those
with which clients and senders of webhooks show who they are."""

COUNTED_LABELS = tuple(group.full_label(lowered) for group in GROUPS for lowered in group.lowered)
"""Labels of requests at which a lowered rule would have struck: what to read before it is lowered less."""
