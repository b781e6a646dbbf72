"""Python packages for plugins without the internet: CodeArtifact fetches them from PyPI and keeps them."""

import json
import shlex
from dataclasses import dataclass

import pulumi
from pulumi_aws import codeartifact

from components.component import Component
from components.container import Sidecar
from components.iam import Statement, allow
from components.site import Site

TOKEN_SECONDS = 12 * 3600
"""The longest life of a token (CodeArtifact User Guide, "AWS CodeArtifact authentication and tokens")."""
RENEWAL_SECONDS = 8 * 3600
"""A renewal may fail for four hours before any installation does."""
RETRY_SECONDS = 60
LOGIN = "aws"
"""The user name that CodeArtifact expects beside a token."""
LOGIN_FOLDER = "/package-login"
LOGIN_FILE = f"{LOGIN_FOLDER}/uv.toml"
"""Where a task's containers find the login: uv's configuration, to be named by PIP_EXTRA_ARGS as `--config-file`.

The plugin daemon starts uv without NETRC and HOME but with those arguments (langgenius/dify-plugin-daemon 0.6,
setup_python_environment.go). PIP_MIRROR_URL, which it logs, names the index without a login, and uv uses the one of
the file for it (measured with uv 0.13).
"""

_REPOSITORY = "plugins"
_READ = ("codeartifact:ReadFromRepository", "codeartifact:GetRepositoryEndpoint")
_TOKEN = "codeartifact:GetAuthorizationToken"  # noqa: S105  an action


def login_host(domain: str, account: str, region: str) -> str:
    """The host that serves the packages of a domain."""
    return f"{domain}-{account}.d.codeartifact.{region}.amazonaws.com"


def index_url(host: str) -> str:
    """The packages of plugins, as pip and uv ask for them."""
    return f"https://{host}/pypi/{_REPOSITORY}/simple/"


def renew_command(domain: str, account: str, region: str, path: str) -> list[str]:
    """A command that keeps a fresh login in uv's configuration at `path`, for ever; it needs `sh` and the AWS CLI.

    The token is in the file only: neither in arguments, which other processes see, nor in output, which is logged. The
    file appears whole, is written by its owner alone, and is read by the other users of its folder. While CodeArtifact
    refuses, the old login stays and the refusal is logged.
    """
    call = shlex.join(
        [
            *("aws", "codeartifact", "get-authorization-token", "--domain", domain, "--domain-owner", account),
            *("--region", region, "--duration-seconds", str(TOKEN_SECONDS)),
            *("--query", "authorizationToken", "--output", "text"),
        ]
    )
    url = index_url(f"{LOGIN}:%s@{login_host(domain, account, region)}")
    entry = shlex.quote(f'[[index]]\\nname = "{_REPOSITORY}"\\nurl = "{url}"\\n')
    target, draft = shlex.quote(path), shlex.quote(f"{path}.new")
    lines = (
        "umask 022",
        "while :; do",
        f"until token=$({call}); do sleep {RETRY_SECONDS}; done",
        # printf is part of the shell, so that its arguments are no process's.
        f'printf {entry} "$token" > {draft} && mv {draft} {target}',
        f"sleep {RENEWAL_SECONDS}",
        "done",
    )
    return ["sh", "-c", "\n".join(lines)]


@dataclass(frozen=True, kw_only=True)
class PackageIndexArgs:
    """`key_arn` encrypts the packages; it must be usable through `codeartifact`."""

    site: Site
    key_arn: pulumi.Input[str]


class PackageIndex(Component):
    """One repository knows PyPI and keeps what was ever fetched; the plugins read another one above it, so that a
    package of one's own can be added to theirs without touching the copy (CodeArtifact User Guide, "Connect a
    CodeArtifact repository to a public repository")."""

    type_token = "dify:compute:PackageIndex"  # noqa: S105

    index_url: pulumi.Output[str]
    login_host: pulumi.Output[str]

    def __init__(self, name: str, args: PackageIndexArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._site = args.site
        domain = codeartifact.Domain(
            f"{name}-domain",
            domain=args.site.name,
            encryption_key=args.key_arn,
            opts=self.child(),
        )
        copy = codeartifact.Repository(
            f"{name}-pypi",
            domain=domain.domain,
            repository="pypi-store",
            description="What was fetched from PyPI",
            external_connections={"external_connection_name": "public:pypi"},
            opts=self.child(),
        )
        plugins = codeartifact.Repository(
            f"{name}-plugins",
            domain=domain.domain,
            repository=_REPOSITORY,
            description="What plugins of Dify install",
            upstreams=[{"repository_name": copy.repository}],
            opts=self.child(),
        )
        codeartifact.DomainPermissions(
            f"{name}-domain-policy",
            domain=domain.domain,
            policy_document=self._own_account([_TOKEN]),
            opts=self.child(),
        )
        for role, repository in (("pypi", copy), ("plugins", plugins)):
            codeartifact.RepositoryPermissionsPolicy(
                f"{name}-{role}-policy",
                domain=domain.domain,
                repository=repository.repository,
                policy_document=self._own_account(_READ),
                opts=self.child(),
            )
        self._domain_arn, self._plugins_arn = domain.arn, plugins.arn
        self.login_host = domain.domain.apply(lambda known: login_host(known, args.site.account, args.site.region))
        self.index_url = pulumi.Output.all(self.login_host, plugins.repository).apply(lambda known: index_url(known[0]))
        self.done()

    def read_statements(self) -> list[Statement]:
        """Fetch a token and, with it, packages. A bearer token is asked of STS, for CodeArtifact only."""
        return [
            allow("PackageToken", [_TOKEN], self._domain_arn),
            allow("ReadPackages", _READ, self._plugins_arn),
            allow(
                "BearerToken",
                ["sts:GetServiceBearerToken"],
                "*",
                condition={"StringEquals": {"sts:AWSServiceName": "codeartifact.amazonaws.com"}},
            ),
        ]

    def login_sidecar(self, name: str, image: pulumi.Input[str]) -> Sidecar:
        """Keeps the login beside a service, in LOGIN_FILE; `image` has the AWS CLI. It runs as root, because an empty
        Fargate volume is root's, and without a single capability."""
        site = self._site
        return Sidecar(
            name=name,
            image=image,
            command=renew_command(site.name, site.account, site.region, LOGIN_FILE),
            ready=("test", "-s", LOGIN_FILE),
            folder=LOGIN_FOLDER,
            user="0",
        )

    def _own_account(self, actions: list[str] | tuple[str, ...]) -> str:
        """Leaves the decision to the roles of this account; no other account gets in."""
        statement = {
            "Sid": "OwnAccount",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{self._site.account}:root"},
            "Action": list(actions),
            "Resource": "*",
        }
        return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
