"""Every statement that is wider than a name, and why it is."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Wide:
    """A statement: the resource that carries it, and its Sid. Both may be patterns; `reason` says why it is wide."""

    owner: str
    sid: str
    reason: str = field(default="", compare=False)


ABOUT_ITSELF = (
    *("aws:kms/key:Key", "aws:secretsmanager/secret:Secret", "aws:secretsmanager/secretPolicy:SecretPolicy"),
    *("aws:codeartifact/domainPermissions:DomainPermissions", "aws:ecr/repositoryPolicy:RepositoryPolicy"),
    "aws:codeartifact/repositoryPermissionsPolicy:RepositoryPermissionsPolicy",
)
"""What has a policy in which every resource means the one that carries it."""

WIDE = (
    Wide("*-key", "Administration", "people of the account manage the key, and its reads come in many names"),
    Wide("*-key", "UseThroughServices", "a data key, a pair, with and without its plain text: one permission each"),
    Wide("*-key", "Principal*", "the same for a service that uses the key itself"),
    Wide("network-s3*", "OwnBuckets", "an endpoint bounds whose buckets and callers; roles bound the rest"),
    Wide(
        "network-s3",
        "ReadsElsewhere",
        "knowledge, models and packages lie in buckets of others; only where internet is",
    ),
    Wide("endpoints-*", "ThisAccount", "an endpoint bounds who calls; roles bound the rest"),
    Wide("*-execution-policy", "RegistryLogin", "the registry's login knows no resource"),
    Wide("sign-in-rules-role-policy", "SeeRules", "a look at listener rules knows no resource"),
    *(
        Wide(f"{function}-role-policy", "PublishMetrics", "metrics know no resource; the namespace is bound")
        for function in ("queue-depth", "business-metrics", "probe")
    ),
    Wide("webhooks-role-policy", "OwnSubscriptions", "subscriptions know no resource; topics bound what is made"),
    Wide("*-task-policy", "SendTraces", "IAM knows no resource for traces"),
    Wide("plugin-daemon-task-policy", "BearerToken", "tokens know no resource; the service is bound"),
    Wide("boundary-policy", "*", "a boundary is the union of what roles are allowed one by one"),
    Wide("pipeline-reads", "LookAtSettings", "settings of everything that a stack has; contents are denied"),
    Wide("pipeline-entry", "*", "a deployment makes what has no name yet; account and regions bound it"),
    Wide("pipeline-tiers", "*", "same"),
)
