"""Requests to Dify as they come, and as attackers send them.

Paths: controllers of langgenius/dify 1.17. What a body trips is what AWS's documentation says that the rule looks for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dify.web_firewall import Per, Request

OWN, OFFICE, STRANGER, BLOCKED = "3.120.0.10", "8.8.8.20", "198.51.100.7", "9.9.9.9"
OFFICE_V6, BLOCKED_V6 = "2001:4860:4860::8888", "2620:fe::fe"
BROWSER = {"user-agent": "Mozilla/5.0"}
NO_AGENT: Mapping[str, str] = {}
KEY = {"authorization": "Bearer app-0000", "user-agent": "python-requests/2.32"}
APP, DATASET = "6f1c2a9e-0b1d-4a53-9d0e-7f7a4b8f2d11", "0d4f2f0c-53c1-4a5e-8a67-0a6f0f6f9f4e"

TEXT = "CrossSiteScripting_BODY GenericLFI_BODY GenericRFI_BODY EC2MetaDataSSRF_BODY SQLi_BODY SizeRestrictions_BODY"
"""What a long text about code, addresses and files trips."""

EXPLOITS = "Log4JRCE_BODY JavaDeserializationRCE_BODY ReactJSRCE_BODY SQLiExtendedPatterns_BODY"
"""What a text about exploits, Java or shell scripts trips."""


@dataclass(frozen=True)
class Real:
    """A call that must pass. `trips` are managed rules whose pattern it bears, blank-separated."""

    what: str
    call: str
    trips: str = ""
    headers: Mapping[str, str] = field(default_factory=lambda: BROWSER)
    source: str = STRANGER
    country: str = "DE"
    recent: Mapping[Per, int] = field(default_factory=dict[Per, int])

    @property
    def request(self) -> Request:
        method, path = self.call.split(" ", 1)
        return Request(
            method=method,
            path=path.partition("?")[0],
            headers=self.headers,
            source=self.source,
            country=self.country,
            trips=frozenset(self.trips.split()),
            recent=self.recent,
        )


@dataclass(frozen=True)
class Attack(Real):
    """A request that `by` must refuse, with `status`."""

    by: str = ""
    status: int = 403


REAL = (
    Real("sign-in", "POST /console/api/login"),
    Real("first set-up", "POST /console/api/setup"),
    Real("first password", "POST /console/api/init"),
    Real("sign-in by mailed code", "POST /console/api/email-code-login/validity"),
    Real("password reset", "POST /console/api/forgot-password/resets"),
    Real("invited member", "POST /console/api/activate"),
    Real("sign-in at a provider", "GET /console/api/oauth/login/github"),
    Real(
        "back from a provider with a long code",
        "GET /console/api/oauth/authorize/google?code=...",
        "SizeRestrictions_QUERYSTRING",
    ),
    Real("new token", "POST /console/api/refresh-token"),
    Real("account of a console page", "GET /console/api/account/profile"),
    Real("list of apps", "GET /console/api/apps?page=1&limit=30&name="),
    Real("DSL import with code nodes", "POST /console/api/apps/imports", f"{TEXT} {EXPLOITS}"),
    Real("DSL export", f"GET /console/api/apps/{APP}/export?include_secret=false"),
    Real("draft of a workflow with code", f"POST /console/api/apps/{APP}/workflows/draft", f"{TEXT} {EXPLOITS}"),
    Real("publishing a workflow", f"POST /console/api/apps/{APP}/workflows/publish"),
    Real("run of a draft, streamed", f"POST /console/api/apps/{APP}/advanced-chat/workflows/draft/run", TEXT),
    Real("prompt of an app", f"POST /console/api/apps/{APP}/model-config", f"{TEXT} {EXPLOITS}"),
    Real("upload of a 15 MB document", "POST /console/api/files/upload", "SizeRestrictions_BODY"),
    Real("upload of an HTML page", "POST /console/api/files/upload", TEXT),
    Real("knowledge base of documents", "POST /console/api/datasets/init", "SizeRestrictions_BODY"),
    Real("segment with SQL in it", f"PATCH /console/api/datasets/{DATASET}/documents/1/segments/1", "SQLi_BODY"),
    Real("file by an address without a name", "POST /console/api/remote-files/upload", "GenericRFI_BODY"),
    Real("plugin package of 40 MB", "POST /console/api/workspaces/current/plugin/upload/pkg", "SizeRestrictions_BODY"),
    Real("OpenAPI schema of a tool", "POST /console/api/workspaces/current/tool-provider/api/add", TEXT),
    Real(
        "back from a plugin's provider", "GET /console/api/oauth/plugin/callback?code", "SizeRestrictions_QUERYSTRING"
    ),
    Real("icon of a plugin", "GET /console/api/workspaces/current/plugin/icon?filename=a.svg"),
    Real("passport of a web app", "GET /api/passport"),
    Real("is somebody signed in", "GET /api/login/status?app_code=abc"),
    Real("web app's chat, streamed", "POST /api/chat-messages", f"{TEXT} {EXPLOITS}"),
    Real("web app's workflow", "POST /api/workflows/run", TEXT),
    Real("web app's upload", "POST /api/files/upload", "SizeRestrictions_BODY"),
    Real("recording of a voice", "POST /api/audio-to-text", "SizeRestrictions_BODY"),
    Real("sign-in to a web app", "POST /api/login"),
    Real("chat by SDK, streamed", "POST /v1/chat-messages", f"{TEXT} {EXPLOITS}", KEY),
    Real("workflow by SDK without agent, hosted", "POST /v1/workflows/run", "NoUserAgent_HEADER", NO_AGENT),
    Real("workflow from another cloud", "POST /v1/workflows/run", f"HostingProviderIPList {TEXT}", KEY),
    Real("upload by SDK of 15 MB", "POST /v1/files/upload", "SizeRestrictions_BODY HostingProviderIPList", KEY),
    Real("document by API", f"POST /v1/datasets/{DATASET}/document/create-by-file", TEXT, KEY),
    Real("retrieval by API", f"POST /v1/datasets/{DATASET}/retrieve", "SQLi_BODY", KEY),
    Real("parameters of an app", "GET /v1/parameters", "", KEY),
    Real("busy server with one key", "POST /v1/chat-messages", "", KEY, recent={Per.IP: 3000, Per.KEY: 3000}),
    Real("device sign-in of the command line", "POST /openapi/v1/oauth/device/code", "NoUserAgent_HEADER", NO_AGENT),
    Real("run by command line", f"POST /openapi/v1/apps/{APP}/run", TEXT, KEY),
    Real(
        "webhook without agent", "POST /triggers/webhook/a1b2c3", "NoUserAgent_HEADER HostingProviderIPList", NO_AGENT
    ),
    Real("webhook with a long query", "GET /triggers/webhook/a1b2c3?x", "SizeRestrictions_QUERYSTRING"),
    Real("webhook with 10 MB", "POST /triggers/webhook/a1b2c3", f"SizeRestrictions_BODY {EXPLOITS}"),
    Real("event of a plugin's trigger", "POST /triggers/plugin/a1b2c3", f"HostingProviderIPList {TEXT}"),
    Real("plugin endpoint for chat clients", "POST /e/a1b2c3/v1/chat/completions", f"HostingProviderIPList {TEXT}"),
    Real("plugin endpoint's page", "GET /e/a1b2c3/"),
    Real("MCP client", "POST /mcp/server/a1b2c3/mcp", f"NoUserAgent_HEADER HostingProviderIPList {TEXT}", NO_AGENT),
    Real("file for a model provider", "GET /files/1/file-preview?sign=a", "HostingProviderIPList NoUserAgent_HEADER"),
    Real("file of a plugin", "POST /files/upload/for-plugin?sign=a", "SizeRestrictions_BODY HostingProviderIPList"),
    Real("picture made by a tool", "GET /files/tools/1.png?sign=a"),
    Real("live editing, websocket", "GET /socket.io/?EIO=4&transport=websocket"),
    Real("live editing, polling", "POST /socket.io/?EIO=4&transport=polling", TEXT),
    Real("start page", "GET /"),
    Real("console page", f"GET /app/{APP}/workflow"),
    Real("sign-in page", "GET /signin?redirect_url=https%3A%2F%2Fdify.example.com%2Fapps"),
    Real("web app with inputs in its address", "GET /chat/abc?inputs", "SizeRestrictions_QUERYSTRING"),
    Real("script with a bracketed name", "GET /_next/static/chunks/app/%28commonLayout%29/%5BappId%5D/page.js"),
    Real("picture of a page", "GET /logo/logo.svg"),
    Real("office signs in", "POST /console/api/login", recent={Per.IP: 100}),
    Real("own workflow calls its own API", "POST /v1/workflows/run", "NoUserAgent_HEADER", NO_AGENT, OWN),
    Real("own many calls", "POST /v1/workflows/run", "", KEY, OWN, recent={Per.IP: 100_000, Per.KEY: 2000}),
    Real("own address with a bad past", "POST /v1/workflows/run", "AWSManagedIPReputationList", KEY, OWN),
    Real("own address, another country", "GET /files/1/file-preview?sign=a", "", BROWSER, OWN, "US"),
)
"""Must pass where anybody may come, and the stack's own also where only an office may."""

ATTACKS = (
    Attack("login flood", "POST /console/api/login", recent={Per.IP: 101}, by="limit-login-ip", status=429),
    Attack("encoded", "POST /console/api/%6cogin", recent={Per.IP: 101}, by="limit-login-ip", status=429),
    Attack("reset flood", "POST /console/api/forgot-password", recent={Per.IP: 101}, by="limit-login-ip", status=429),
    Attack("web app flood", "POST /api/login", recent={Per.IP: 101}, by="limit-webAppLogin-ip", status=429),
    Attack("console flood", "GET /console/api/apps", recent={Per.IP: 3001}, by="limit-console-ip", status=429),
    Attack("chat flood", "POST /api/chat-messages", recent={Per.IP: 3001}, by="limit-webApp-ip", status=429),
    Attack("API flood", "GET /v1/info", recent={Per.IP: 3001}, by="limit-serviceApi-ip", status=429),
    Attack("key flood", "GET /v1/info", "", KEY, recent={Per.KEY: 3001}, by="limit-serviceApi-key", status=429),
    Attack("own key flood", "GET /v1/info", "", KEY, OWN, "DE", {Per.KEY: 3001}, "limit-serviceApi-key", 429),
    Attack("CLI flood", "GET /openapi/v1/apps", recent={Per.IP: 1001}, by="limit-openapi-ip", status=429),
    Attack("webhook flood", "POST /triggers/webhook/a", recent={Per.IP: 1001}, by="limit-webhooks-ip", status=429),
    Attack("endpoint flood", "POST /e/a1b2c3/x", recent={Per.IP: 1001}, by="limit-webhooks-ip", status=429),
    Attack("page flood", "GET /signin", recent={Per.IP: 6001}, by="limit-pages-ip", status=429),
    Attack("inner API", "POST /inner/api/invoke/llm", by="inner-routes"),
    Attack("inner API by a detour", "POST /console/api/..%2f..%2finner/api/invoke", by="inner-routes"),
    Attack("metrics", "GET /metrics", by="inner-routes"),
    Attack("pool", "GET /db-pool-stat", by="inner-routes"),
    Attack("script in a sign-in", "POST /console/api/login", "CrossSiteScripting_BODY", by="counted-bodies"),
    Attack("SQL in a sign-in", "POST /console/api/login", "SQLi_BODY", by="counted-bodies"),
    Attack("huge sign-in", "POST /api/login", "SizeRestrictions_BODY", by="counted-bodies"),
    Attack("metadata in a reset", "POST /api/forgot-password", "EC2MetaDataSSRF_BODY", by="counted-bodies"),
    Attack("React exploit on a page", "POST /signin", "ReactJSRCE_BODY", by="counted-bodies"),
    Attack("list of passwords, hosted", "POST /console/api/login", "HostingProviderIPList", by="counted-hosting"),
    Attack("no agent", "POST /console/api/apps", "NoUserAgent_HEADER", NO_AGENT, by="counted-programs"),
    Attack("long query", "GET /v1/info?x", "SizeRestrictions_QUERYSTRING", KEY, by="counted-queries"),
    Attack("Log4j header", "POST /v1/workflows/run", "Log4JRCE_HEADER", KEY, by="AWSManagedRulesKnownBadInputsRuleSet"),
    Attack("Log4j, own", "POST /v1/info", "Log4JRCE_HEADER", KEY, OWN, by="AWSManagedRulesKnownBadInputsRuleSet"),
    Attack("dot env", "GET /.env", "ExploitablePaths_URIPATH", by="AWSManagedRulesKnownBadInputsRuleSet"),
    Attack("script in a query", "GET /apps", "CrossSiteScripting_QUERYARGUMENTS", by="AWSManagedRulesCommonRuleSet"),
    Attack("way up in a path", "GET /files/..%2f..%2fetc", "GenericLFI_URIPATH", by="AWSManagedRulesCommonRuleSet"),
    Attack("SQL in a query", "GET /console/api/apps", "SQLi_QUERYARGUMENTS", by="AWSManagedRulesSQLiRuleSet"),
    Attack("known attacker", "GET /", "AWSManagedIPReputationList", by="AWSManagedRulesAmazonIpReputationList"),
    Attack("Tor", "POST /v1/workflows/run", "AnonymousIPList", KEY, by="AWSManagedRulesAnonymousIpList"),
)
"""Must be refused wherever anybody may come."""

OUTSIDERS = (
    Attack("blocked", "GET /", source=BLOCKED, by="blocked-addresses"),
    Attack("blocked by IPv6", "GET /", source=BLOCKED_V6, by="blocked-addresses"),
    Attack("foreign", "GET /", country="KP", by="other-countries"),
    Attack("console from outside", "GET /console/api/apps", by="closed-console"),
    Attack("sign-in from outside", "POST /console/api/login", by="closed-console"),
    Attack("encoded console", "GET /console/api%2Fapps", by="closed-console"),
    Attack("API from outside", "POST /v1/workflows/run", "", KEY, by="closed-serviceApi"),
    Attack("webhook from outside", "POST /triggers/webhook/a", by="closed-webhooks"),
    Attack("MCP from outside", "POST /mcp/server/a/mcp", by="closed-webhooks"),
    Attack("webhook's caller at the console", "GET /console/api/apps", source="1.1.1.1", by="closed-console"),
    Attack(
        "office floods", "POST /console/api/login", source=OFFICE, recent={Per.IP: 101}, by="limit-login-ip", status=429
    ),
)
"""Must be refused where lists say who may come."""

INSIDERS = (
    Real("office at the console", "GET /console/api/apps", source=OFFICE),
    Real("office by IPv6", "GET /console/api/apps", source=OFFICE_V6),
    Real("office behind a hosted proxy", "POST /console/api/login", "HostingProviderIPList", source=OFFICE),
    Real("office behind a VPN", "POST /console/api/login", "AnonymousIPList", source=OFFICE),
    Real("office by API", "POST /v1/workflows/run", TEXT, KEY, OFFICE),
    Real("sender of webhooks", "POST /triggers/webhook/a", TEXT, NO_AGENT, "1.1.1.1"),
    Real("web app from anywhere", "POST /api/chat-messages", TEXT),
    Real("page from anywhere", "GET /signin"),
)
"""Must pass where lists say who may come."""
