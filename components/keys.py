"""One key per tier of data, each usable only by the services that keep that data."""

from dataclasses import dataclass

import pulumi

from components.component import Component
from components.key import Key, KeyArgs
from components.notifications import PUBLISHERS
from components.site import Site


@dataclass(frozen=True, kw_only=True)
class KeysArgs:
    site: Site


class Keys(Component):
    """Losing or leaking one key concerns one tier only."""

    type_token = "dify:security:Keys"  # noqa: S105

    def __init__(self, name: str, args: KeysArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._site = args.site
        # The owner's login is a secret of the database tier; RDS keeps it in Secrets Manager.
        self.database = self._key("database", "PostgreSQL and its owner's login", via=("rds", "secretsmanager"))
        self.cache = self._key("cache", "Queues, locks and sessions", via=("elasticache",))
        # OpenSearch Service goes by its older name in KMS, Elasticsearch ("Encryption at rest", developer guide).
        self.search = self._key("search", "Vectors of the knowledge bases", via=("es",))
        self.files = self._key("files", "Users' files and plugins", via=("s3",))
        self.secrets = self._key("secrets", "Secrets of the application", via=("secretsmanager",))
        # ECR reads and writes by grants of its own: who pushes or pulls needs no permission on the key.
        self.images = self._key("images", "Container images", via=("ecr", "codeartifact"))
        self.logs = self._key("logs", "Logs", principals=(f"logs.{args.site.region}.amazonaws.com",))
        self.notifications = self._key("notifications", "Alarms", principals=PUBLISHERS)
        self.audit = self._key(
            "audit",
            "Trail, flow logs and logs of CloudFront",
            via=("s3",),
            principals=("cloudtrail.amazonaws.com", "delivery.logs.amazonaws.com"),
        )
        self.backup = self._key("backup", "Backups of every store", via=("backup", "rds", "s3"))
        self.done()

    def _key(self, name: str, purpose: str, *, via: tuple[str, ...] = (), principals: tuple[str, ...] = ()) -> Key:
        return Key(
            name,
            KeyArgs(
                site=self._site,
                purpose=purpose,
                via=via,
                principals=principals,
            ),
            self.child(),
        )
