"""What is said before Dify answers, by the load balancer, CloudFront and AWS WAF or by the nginx of a Docker host.

Who may frame a page is Dify's to say, and its web service does: published apps may be embedded anywhere, every other
page nowhere (web/proxy.ts of langgenius/dify, `EMBEDDABLE_PATH_SEGMENTS`). A header added here would overrule it.
"""

import json

HSTS_SECONDS = 31_536_000
"""A year in which browsers open this name by HTTPS only (RFC 6797). Names below it may belong to others, so they are
not included."""

_ERRORS = {
    403: ("forbidden", "The request was refused."),
    413: ("request_entity_too_large", "The request is too large."),
    429: ("too_many_requests", "Too many requests, try again later."),
}


def error(status: int) -> str:
    """The JSON body of a refusal, in the form of Dify's own errors (api/libs/external_api.py), so that its clients can
    show it."""
    code, message = _ERRORS[status]
    return json.dumps({"code": code, "message": message, "status": status})
