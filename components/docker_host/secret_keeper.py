"""The one-off container that fills the secrets volumes, and brings the programs that the others run."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components.component import Component
from components.docker_host.container import Container, ContainerArgs, Disk, Limits, Mount, Program, digest
from components.docker_host.programs import FOLDER
from components.docker_host.site import HostSite
from components.docker_host.volumes import KEPT_SECRETS, NO_DATA, PROGRAMS, Data
from dify.host_secrets import BACKEND, ENVIRONMENT, NGINX, USERS, SecretFile, recipes
from dify.services import API, PLUGIN_DAEMON

PART = "secret-keeper"
SCRIPT = "secret_keeper.py"

_REQUEST = "request.json"
_BRINGS = (
    f"set -eu; cd {FOLDER}; "
    'while [ $# -gt 0 ]; do printf %s "$2" >".$1"; mv ".$1" "$1"; shift 2; done; '
    f"exec python3 -B {SCRIPT} {_REQUEST}"
)
"""Writes the texts that it gets as arguments, each after its name, then runs one of them. The docker provider's uploads
would need a root that can be written (Docker Engine API, "PutContainerArchive")."""
_VOLUMES = "/volumes"
_GIVEN = "/given"

_PRIVATE, _READABLE = "700", "755"
"""Modes of folders: backups read files and plugins, everything else is its user's alone."""

_FOLDERS = {
    Data.POSTGRES_A.value: (USERS["postgresql"], _PRIVATE),
    Data.POSTGRES_B.value: (USERS["postgresql"], _PRIVATE),
    Data.ROLE.value: (USERS["postgresql"], _PRIVATE),
    Data.BACKUPS.value: (USERS["postgresql"], _PRIVATE),
    Data.REDIS.value: (USERS["redis"], _PRIVATE),
    Data.FILES.value: (int(API.user), _READABLE),
    Data.PLUGINS.value: (int(PLUGIN_DAEMON.user), _READABLE),
}


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """The certificate of `domain`: files of the host, or None for one that is made. `fingerprint` is that of the given
    one where the program can see it: another one is taken over by the next deployment."""

    domain: str
    certificate_file: str | None
    key_file: str | None
    fingerprint: str = ""


@dataclass(frozen=True, kw_only=True)
class SecretKeeperArgs:
    """`programs` are texts by name, `files` what readers get. `mail_login` is a file of the host with the login of the
    mail server."""

    site: HostSite
    image: pulumi.Input[str]
    volumes: Mapping[str, pulumi.Input[str]]
    programs: Mapping[str, str]
    files: Sequence[SecretFile]
    certificate: Certificate
    mail_login: str | None = None


class SecretKeeper(Component):
    """Runs again whenever what it keeps changes. No value of a secret passes through Pulumi or Docker's API.

    It runs as root with three capabilities, because only root gives files away; it has no network."""

    type_token = "dify:host:SecretKeeper"  # noqa: S105

    container_name: pulumi.Output[str]

    def __init__(self, name: str, args: SecretKeeperArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        texts = {**args.programs, _REQUEST: json.dumps(_request(args), indent=1, sort_keys=True)}
        container = Container(
            name,
            ContainerArgs(
                site=args.site,
                part=PART,
                kind=PART,
                program=Program(
                    image=args.image,
                    user="0",
                    entry=["sh", "-c", _BRINGS, PART],
                    command=[word for named in sorted(texts.items()) for word in named],
                ),
                limits=Limits(cpus=1, memory_mib=256),
                disk=Disk(
                    mounts=[
                        Mount(source=args.volumes[PROGRAMS], target=FOLDER, read_only=False),
                        *(
                            Mount(source=volume, target=f"{_VOLUMES}/{part}", read_only=False)
                            for part, volume in args.volumes.items()
                            if part not in NO_DATA
                        ),
                        *(Mount(source=file, target=target, is_file=True) for target, file in _given(args).items()),
                    ],
                ),
                capabilities=["CHOWN", "DAC_OVERRIDE", "FOWNER"],
                programs=digest({**texts, "certificate": args.certificate.fingerprint}),
                once=True,
            ),
            self.child(),
        )
        self.container_name = container.container_name
        self.filled = container.ended()
        self.done()


def _given(args: SecretKeeperArgs) -> dict[str, str]:
    """Where the keeper sees files of the host."""
    given = {
        f"{_GIVEN}/certificate.pem": args.certificate.certificate_file,
        f"{_GIVEN}/key.pem": args.certificate.key_file,
        f"{_GIVEN}/mail-login.json": args.mail_login,
    }
    return {target: file for target, file in given.items() if file is not None}


def _request(args: SecretKeeperArgs) -> dict[str, Any]:
    certificate = args.certificate
    return {
        "store": f"{_VOLUMES}/{KEPT_SECRETS}/values.json",
        "generate": {
            name: {"length": recipe.length, "alphabet": recipe.alphabet} for name, recipe in recipes(args.files).items()
        },
        "given": {"mail": {"path": f"{_GIVEN}/mail-login.json", "fields": ["username", "password"]}}
        if args.mail_login
        else {},
        "folders": [
            {"path": f"{_VOLUMES}/{part}", "owner": owner, "mode": mode} for part, (owner, mode) in _FOLDERS.items()
        ],
        "files": [
            {
                "path": f"{_VOLUMES}/{file.volume}/{file.name}",
                "owner": file.owner,
                "template": file.template + (_mail(file) if args.mail_login else ""),
            }
            for file in args.files
        ],
        "certificate": {
            "domain": certificate.domain,
            "certificate": f"{_VOLUMES}/{NGINX}/certificate.pem",
            "key": f"{_VOLUMES}/{NGINX}/key.pem",
            "owner": USERS["nginx"],
            "given": None
            if certificate.certificate_file is None
            else {"certificate": f"{_GIVEN}/certificate.pem", "key": f"{_GIVEN}/key.pem"},
        },
    }


def _mail(file: SecretFile) -> str:
    """The operator's own login may have any letters."""
    if (file.volume, file.name) != (BACKEND, ENVIRONMENT):
        return ""
    return "SMTP_PASSWORD={shell mail.password}\nSMTP_USERNAME={shell mail.username}\n"
