"""The volumes of a host: everything that outlives a container."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import pulumi
import pulumi_docker as docker

from components.component import Component
from components.docker_host.site import HostSite


class Data(StrEnum):
    """What keeps data, in Dify's words: files of users, and plugins with their environments. ROLE names the primary of
    the databases."""

    POSTGRES_A = "postgres-a"
    POSTGRES_B = "postgres-b"
    ROLE = "postgres-role"
    REDIS = "redis"
    FILES = "files"
    PLUGINS = "plugins"
    BACKUPS = "backups"


DATABASES = (Data.POSTGRES_A.value, Data.POSTGRES_B.value)

PROGRAMS = "programs"
"""Scripts and configuration without secrets: nothing can be copied into a container whose root is read-only."""

READY = "ready"
"""Who takes requests (components/docker_host/readiness.py)."""

_IN_MEMORY = {"type": "tmpfs", "device": "tmpfs", "o": "size=64k,nr_inodes=256,mode=1777,nosuid,nodev,noexec"}
"""There while somebody uses it: after a restart of the host nobody is ready who was before (Docker documentation,
"docker volume create"). Services run as different users, each of whom writes a file of its own."""

NO_DATA = (PROGRAMS, READY)
"""Nothing in them is missed: each start makes it again."""

KEPT_SECRETS = "secrets-keeper"
"""Every generated value, for the secret keeper alone: readers' files are made from it."""


@dataclass(frozen=True, kw_only=True)
class HostVolumesArgs:
    """`secrets` are the volumes of readers of secrets. `postgres_major` is the version whose data the databases' hold:
    no other server reads them."""

    site: HostSite
    postgres_major: int
    secrets: Sequence[str]


class HostVolumes(Component):
    """Named volumes. Where the stack retains its data they are protected, and stay also when Pulumi forgets them."""

    type_token = "dify:host:Volumes"  # noqa: S105

    names: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: HostVolumesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        kept, major = args.site.retains, {"postgres_major": str(args.postgres_major)}
        parts = (*(data.value for data in Data), *NO_DATA, KEPT_SECRETS, *args.secrets)
        self.names = {
            part: docker.Volume(
                f"{name}-{part}",
                name=args.site.name(part),
                driver="local" if part == READY else None,
                driver_opts=_IN_MEMORY if part == READY else None,
                labels=args.site.labels(part, **(major if part in DATABASES else {})),
                opts=pulumi.ResourceOptions.merge(
                    # Labels say what a volume was made for; another release does not make it anew.
                    self.child(protect=kept and part not in NO_DATA, ignore=["labels"]),
                    pulumi.ResourceOptions(retain_on_delete=(kept and part not in NO_DATA) or None),
                ),
            ).name
            for part in parts
        }
        self.done()
