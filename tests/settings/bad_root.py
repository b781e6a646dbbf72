"""Wrong values of the top-level keys and tags, each with its line."""

from tests.settings.stack_files import REMOVED, Bad

_RELEASES = "set one of 1.17.1, 1.17.0, 1.16.0"
_HOST = "must be one lower-case host name without scheme, port, path or wildcard"
_DOMAINS = (
    *("https://dify.example.com", "dify.example.com/app", "dify.example.com:443", "*.example.com", "localhost"),
    *("Dify.example.com", "10.0.0.1", "-a.example.com", "dify.example.com.", "a" * 64 + ".com", "", "a_b.example.com"),
)

ROOT = (
    Bad(key="target", value="docker-compose", rule="must be one of aws, docker", fix="set one of them"),
    Bad(key="environment", value="test", rule="must be one of prod, staging, dev", fix="set one of them"),
    Bad(
        key="environment",
        value="staging",
        rule="must be what the name of stack prod starts with",
        fix="use the stack of that name, or set its environment",
    ),
    Bad(
        key="account",
        value="123",
        rule="must be an AWS account of 12 digits",
        fix='write it in quotes like "111122223333"',
    ),
    Bad(key="account", value=REMOVED, rule="the key is required", fix='add it, for example "111122223333"'),
    Bad(key="domain", value=["a"], rule="must be text", fix='write one, for example "dify.example.com"'),
    *(Bad(key="domain", value=value, rule=_HOST, fix="write it like dify.example.com") for value in _DOMAINS),
    Bad(key="region", value="eu-cental-1", rule="must be an AWS region", fix="set one such as eu-central-1"),
    Bad(key="release", value="latest", rule="must be a release number N.N.N", fix=_RELEASES),
    Bad(key="release", value="1.0.0", rule="must be a release that was tested here", fix=_RELEASES),
    Bad(key="lifecycle", value="forever", rule="must be one of retain, disposable", fix="set one of them"),
    Bad(
        key="lifecycle",
        value="disposable",
        rule="prod must keep its data",
        fix="set retain",
        also={"backup.lock": "governance", "audit.lock": "governance"},
    ),
)

TAGS = (
    Bad(key="tags", value=REMOVED, rule="the key is required", fix="add it, its keys are owner, costCenter"),
    Bad(key="tags.owner", value=REMOVED, rule="the key is required", fix='add it, for example "platform"'),
    Bad(key="tags.costCenter", value=REMOVED, rule="the key is required", fix='add it, for example "ai"'),
    Bad(key="tags.owner", value="aws:me", rule="the prefix aws: is reserved", fix="choose another value"),
    *(
        Bad(
            key="tags.costCenter",
            value=value,
            rule="must be 1 to 256 letters, digits, spaces or . : / = + @ _ -",
            fix="choose another value",
        )
        for value in ("", "a;b", " a")
    ),
    Bad(key="tags.aws:stack", value="x", got="[hidden]", rule="the prefix aws: is reserved for AWS", fix="remove it"),
)
